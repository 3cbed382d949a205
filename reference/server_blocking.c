/* One connection on a blocking socket: what the iterative, the fork and the thread model do with a client. */
#include "reference/deadline.h"
#include "reference/report.h"
#include "reference/server.h"
#include "reference/signals.h"

#include <errno.h>
#include <string.h>

void serve_connection(const struct options *o, const struct accepted *connection)
{
    struct message m;
    enum io_result result = IO_OK;

    if (message_init(&m, o->protocol, o->type == SOCK_SEQPACKET) != 0) {
        report("%s: %s", connection->peer, strerror(errno));
        return;
    }
    while (result == IO_OK && !signals_stopping()) {
        /* One deadline for the whole exchange: a client that sends nothing, or a byte now and then, or does
           not take its reply, holds this server no longer than that. */
        int64_t deadline = deadline_after(o->timeout);
        result = receive_message(connection->fd, &m, deadline);
        if (result == IO_OK)
            result = send_all(connection->fd, m.bytes, message_length(&m), deadline);
        if (result == IO_OK)
            message_next(&m);
    }
    if (result != IO_OK && result != IO_END)
        report("%s: %s", connection->peer, io_text(result));
    message_free(&m);
}
