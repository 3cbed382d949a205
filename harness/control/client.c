#include "harness/control/client.h"
#include "harness/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void wait_anew(struct client *client)
{
    client->deadline_ns = clock_ns() + CLIENT_PATIENCE_S * NS_PER_S;
}

/* An answer; NULL (no memory) leaves nothing to say. */
static void give(struct client *client, char *answer, size_t len)
{
    free(client->out);
    client->out = answer;
    client->out_len = answer != NULL ? len : 0;
    client->out_sent = 0;
    client->over = client->over || answer == NULL;
    wait_anew(client);
}

void client_dismiss(struct client *client, const struct diag *diag)
{
    if (client->fd < 0 || client->over)
        return;
    client->over = true;
    if (client->out == NULL && (client->in_len > 0 || !client->answered)) {
        size_t len = 0;
        char *refusal = request_refusal(diag, &len);
        give(client, refusal, len);
    }
}

/* Whoever could open the socket while its mode was another. */
static void check_user(struct client *client)
{
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t size = sizeof who;
    struct diag diag = {0};
    if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
        (who.uid == geteuid() || who.uid == 0))
        return;
    diag_set(&diag, STATUS_TROUBLE, "got user %u, expected user %u or root", (unsigned int)who.uid,
             (unsigned int)geteuid());
    client_dismiss(client, &diag);
}

void client_begin(struct client *client, int fd)
{
    *client = (struct client){.fd = fd};
    wait_anew(client);
    check_user(client);
}

void client_end(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->out);
    *client = (struct client){.fd = -1};
}

static const char *line_end(const struct client *client)
{
    return memchr(client->in, '\n', client->in_len);
}

short client_events(const struct client *client)
{
    if (client->out != NULL)
        return POLLOUT;
    return line_end(client) != NULL || client->over ? 0 : POLLIN;
}

/* Whether there is, or may still be, something to answer. */
static void receive(struct client *client)
{
    struct diag diag = {0};
    size_t room = sizeof client->in - client->in_len;
    ssize_t got = room > 0 ? recv(client->fd, client->in + client->in_len, room, MSG_DONTWAIT) : -1;
    if (room > 0 && got < 0 && errno != EAGAIN && errno != EINTR)
        client->over = true;
    if (got > 0)
        client->in_len += (size_t)got;
    if (line_end(client) != NULL)
        return;
    if (client->in_len == sizeof client->in)
        diag_set(&diag, STATUS_USAGE, "got a line of more than %d bytes", REQUEST_MAX - 1);
    else if (got == 0 && client->in_len > 0)
        diag_set(&diag, STATUS_USAGE, "got a line without an end");
    if (!diag_ok(&diag))
        client_dismiss(client, &diag);
    else if (got == 0)
        client->over = true;
}

static void answer_one(struct client *client, struct book *book, bool ended)
{
    char *end = memchr(client->in, '\n', client->in_len);
    if (end == NULL || client->over)
        return;
    size_t used = (size_t)(end - client->in) + 1, len = used - 1, answer_len;
    if (len > 0 && client->in[len - 1] == '\r')
        len--;
    client->in[len] = '\0';
    char *answer = request_answer(book, client->in, len, ended, &answer_len);
    client->in_len -= used;
    memmove(client->in, client->in + used, client->in_len);
    client->answered = true;
    give(client, answer, answer_len);
}

static void transmit(struct client *client)
{
    while (client->out != NULL) {
        ssize_t sent = send(client->fd, client->out + client->out_sent, client->out_len - client->out_sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent >= 0 && (client->out_sent += (size_t)sent) < client->out_len)
            continue;
        free(client->out);
        client->out = NULL;
        client->over = client->over || sent < 0;
    }
}

void client_go_on(struct client *client, struct book *book, bool ended)
{
    if (client->out == NULL && !client->over && line_end(client) == NULL)
        receive(client);
    if (client->out == NULL)
        answer_one(client, book, ended);
    transmit(client);
    if (client->out == NULL && client->over)
        client_end(client);
}
