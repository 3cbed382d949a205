#include "reference/server_connection.h"
#include "reference/deadline.h"
#include "reference/report.h"
#include "reference/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum step end(const struct connection *c, enum io_result result)
{
    if (result != IO_END)
        report("%s: %s", c->client.peer, io_text(result));
    return STEP_END;
}

static void begin_exchange(struct connection *c, const struct options *o)
{
    c->sent = 0;
    c->sending = message_missing(&c->message) == 0; /* the next line may have come with the last */
    c->deadline = deadline_after(o->timeout);
}

static enum step receive_step(struct connection *c)
{
    struct message *m = &c->message;
    ssize_t count = recv(c->client.fd, m->bytes + m->used, (size_t)message_missing(m), 0);

    if (count < 0)
        return errno == EAGAIN ? STEP_WAIT : end(c, IO_ERROR);
    if (count == 0)
        return end(c, m->used == 0 ? IO_END : IO_CUT);
    m->used += (size_t)count;
    if (message_missing(m) < 0)
        return end(c, IO_MALFORMED);
    c->sending = message_missing(m) == 0;
    return STEP_MORE;
}

static enum step send_step(struct connection *c, const struct options *o)
{
    size_t length = message_length(&c->message);
    ssize_t count = send(c->client.fd, c->message.bytes + c->sent, length - c->sent, 0);

    if (count < 0)
        return errno == EAGAIN ? STEP_WAIT : end(c, IO_ERROR);
    c->sent += (size_t)count;
    if (c->sent == length) {
        message_next(&c->message);
        begin_exchange(c, o);
    }
    return STEP_MORE;
}

enum step connection_step(struct connection *c, const struct options *o)
{
    return c->sending ? send_step(c, o) : receive_step(c);
}

int connections_accept(struct connections *all, struct server *s, struct connection **ret_connection)
{
    struct accepted client;
    int got = all->count < CONNECTIONS_MAX ? listener_accept(s, SOCK_NONBLOCK, &client) : 0;

    if (got <= 0)
        return got;
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL || message_init(&c->message, s->options.protocol, s->options.type == SOCK_SEQPACKET) != 0) {
        report("%s: %s", client.peer, strerror(errno));
        close(client.fd);
        free(c);
        return 0;
    }
    c->client = client;
    c->place = all->count;
    begin_exchange(c, &s->options);
    all->table[all->count++] = c;
    *ret_connection = c;
    return 1;
}

void connections_close(struct connections *all, struct connection *c)
{
    struct connection *last = all->table[--all->count];

    last->place = c->place; /* the last one fills the gap */
    all->table[c->place] = last;
    close(c->client.fd);
    message_free(&c->message);
    free(c);
}

void connections_close_all(struct connections *all)
{
    while (all->count > 0)
        connections_close(all, all->table[0]);
}

bool connections_tend(struct connections *all)
{
    bool stop = signals_stopping(); /* one look: a stop that comes later is in the self-pipe */

    for (size_t i = all->count; i-- > 0;) {
        struct connection *c = all->table[i];
        bool late = deadline_left(c->deadline) == 0;
        if (late)
            report("%s: %s", c->client.peer, io_text(IO_TIMEOUT));
        if (late || (stop && !c->sending))
            connections_close(all, c);
    }
    return !stop || all->count > 0;
}

int connections_timeout(const struct connections *all, struct server *s)
{
    int timeout = listener_pause(s);

    for (size_t i = 0; i < all->count; i++) {
        int left = deadline_left(all->table[i]->deadline);
        if (timeout < 0 || left < timeout)
            timeout = left;
    }
    return timeout;
}
