/* The client: socket, connect, exchange, close. */
#include "reference/address.h"
#include "reference/deadline.h"
#include "reference/io.h"
#include "reference/message.h"
#include "reference/options.h"
#include "reference/report.h"
#include "reference/signals.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct client {
    struct options options;
    char server[ADDRESS_TEXT];
    int fd;
    struct message request, reply;
    uint32_t sequence;    /* of the request, counted from 1 */
    unsigned char *input; /* stdin, read once, for all the messages that are "-" */
    size_t input_length;
};

static int fail(const char *what, const struct client *c, const char *why)
{
    report("%s %s: %s", what, c->server, why);
    return -1;
}

/* Asks for the reply to the request until the deadline. A datagram that is none, or the late or second answer
   to an earlier request, is not ours: drop it and wait on. */
static enum io_result receive_reply(struct client *c, int64_t deadline)
{
    bool datagram = c->options.type == SOCK_DGRAM;
    enum io_result result;

    do {
        c->reply.used = 0;
        result = receive_message(c->fd, &c->reply, deadline);
    } while (datagram && !signals_stopping() &&
             (result == IO_MALFORMED || result == IO_END ||
              (result == IO_OK && message_sequence(&c->reply) != message_sequence(&c->request))));
    return result;
}

/* A stream delivers or fails. A datagram may just be lost, the request or the reply: who asked must ask
   again. Each try waits twice as long as the one before, so that a server that is slow is not asked more and
   more. */
static enum io_result exchange(struct client *c)
{
    int64_t deadline = deadline_after(c->options.timeout);
    int tries = c->options.type == SOCK_DGRAM ? 4 : 1;
    enum io_result result = IO_TIMEOUT;

    for (; tries > 0 && result == IO_TIMEOUT; tries--) {
        int64_t patience = tries == 1 ? deadline : deadline_after(c->options.timeout >> tries);
        result = send_all(c->fd, c->request.bytes, c->request.used, patience);
        if (result == IO_OK)
            result = receive_reply(c, patience);
    }
    return result;
}

static const char *difference(const struct message *request, const struct message *reply)
{
    if (message_sequence(request) != message_sequence(reply))
        return "the reply has another sequence number";
    if (request->used != reply->used)
        return "the reply has another length";
    if (memcmp(request->bytes, reply->bytes, request->used) != 0)
        return "the reply has other content";
    return NULL;
}

static int print_reply(const struct message *reply)
{
    size_t length;
    const unsigned char *payload = message_payload(reply, &length);

    fwrite(payload, 1, length, stdout);
    putchar('\n');
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    report("stdout: %s", strerror(errno));
    return -1;
}

static int send_and_check(struct client *c, const char *text)
{
    bool from_stdin = strcmp(text, "-") == 0;
    const char *problem =
        message_compose(&c->request, ++c->sequence, from_stdin ? c->input : (const void *)text,
                        from_stdin ? c->input_length : strlen(text));

    if (problem != NULL) {
        report("%s", problem);
        return -1;
    }
    enum io_result result = exchange(c);
    if (result != IO_OK)
        return fail("exchange with", c, io_text(result));
    problem = difference(&c->request, &c->reply);
    return problem != NULL ? fail("exchange with", c, problem) : print_reply(&c->reply);
}

/* All of stdin, one byte more than can be sent at the most: then message_compose() says it is too long. */
static int read_stdin(struct client *c)
{
    c->input = malloc(FRAME_PAYLOAD_MAX + 1);
    if (c->input != NULL)
        c->input_length = fread(c->input, 1, FRAME_PAYLOAD_MAX + 1, stdin);
    if (c->input == NULL || ferror(stdin)) {
        report("stdin: %s", strerror(errno));
        return -1;
    }
    if (c->options.protocol == PROTOCOL_LINE && c->input_length > 0 && c->input[c->input_length - 1] == '\n')
        c->input_length--; /* the protocol adds its own */
    return 0;
}

static int prepare(struct client *c)
{
    bool packets = c->options.type != SOCK_STREAM;

    for (int i = 0; i < c->options.message_count; i++)
        if (strcmp(c->options.messages[i], "-") == 0 && c->input == NULL && read_stdin(c) != 0)
            return -1;
    signals_install();
    if (message_init(&c->request, c->options.protocol, packets) == 0 &&
        message_init(&c->reply, c->options.protocol, packets) == 0)
        return 0;
    report("start: %s", strerror(errno));
    return -1;
}

/* socket and connect. */
static int open_connection(struct client *c)
{
    const struct options *o = &c->options;
    struct address server;
    const char *problem = address_resolve(o, &server);

    if (problem != NULL) {
        report("%s: %s", o->domain == AF_UNIX ? o->path : o->host, problem);
        return -1;
    }
    address_text(&server, c->server);
    c->fd = socket(o->domain, o->type | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return fail("socket for", c, strerror(errno));
    signals_shut_on_stop(c->fd, SHUT_RDWR);

    /* A datagram is answered at the address it came from, and on AF_UNIX a socket has none until it binds:
       with nothing but the family the kernel chooses an abstract name. */
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    if (o->domain == AF_UNIX && o->type == SOCK_DGRAM &&
        bind(c->fd, (struct sockaddr *)&own, offsetof(struct sockaddr_un, sun_path)) != 0)
        return fail("bind for", c, strerror(errno));

    enum io_result result = connect_before(c->fd, &server, deadline_after(o->timeout));
    return result == IO_OK ? 0 : fail("connect to", c, io_text(result));
}

static int run(struct client *c)
{
    if (prepare(c) != 0 || open_connection(c) != 0)
        return -1;
    for (unsigned long round = 0; round < c->options.repeat; round++)
        for (int i = 0; i < c->options.message_count; i++)
            if (send_and_check(c, c->options.messages[i]) != 0)
                return -1;
    return 0;
}

int main(int argc, char **argv)
{
    struct client c = {.fd = -1};

    options_for_client(&c.options, argc, argv);
    int status = run(&c);

    signals_shut_on_stop(-1, 0); /* the number is about to be free for something else */
    if (c.fd >= 0)
        close(c.fd);
    message_free(&c.request);
    message_free(&c.reply);
    free(c.input);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
