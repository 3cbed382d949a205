#include "shim/know/matches.h"
#include "shim/intercept/message.h"
#include "shim/intercept/next.h"
#include "shim/know/held.h"
#include "shim/model/hash.h"
#include "shim/state.h"

#include <sys/socket.h>

enum { SALT_MATCH = 0x6d61 };

static const struct matcher *matcher_of(uint32_t index)
{
    return &shim.board->matchers[shim.board->rules[index].match.table % BOARD_MATCHERS];
}

/* How far a rule has got on this stream, in this direction. NULL: a datagram begins anew (or no room). */
static _Atomic uint64_t *progress(const struct attempt *at, uint32_t index)
{
    const struct board_socket *socket = at->socket;
    if (!socket || socket->type != SOCK_STREAM)
        return NULL;
    return board_cell(shim.board, draw(index, atomic_load(&socket->inode), atomic_load(&socket->stamp),
                                       at->info->family == FAMILY_SEND, 0, SALT_MATCH));
}

/* Feeds at most `limit` bytes of the vector. Whether a match ends in them; then *state is behind all of it.
 */
static bool feed(const struct matcher *matcher, uint32_t *state, const struct iovec *iov, size_t count,
                 size_t limit)
{
    bool found = false;
    for (size_t i = 0; i < count && limit > 0; i++) {
        const unsigned char *bytes = iov[i].iov_base;
        size_t len = iov[i].iov_len < limit ? iov[i].iov_len : limit, end;
        if (attempt_nowhere(bytes) && len > 0)
            return found; /* the kernel gets no further either */
        limit -= len;
        for (; len > 0 && matcher_step(matcher, state, bytes, len, &end); bytes += end, len -= end)
            found = true;
    }
    return found;
}

static bool in_what_is_sent(const struct attempt *at, const struct matcher *matcher, uint32_t state)
{
    struct msghdr message;
    struct iovec one;
    if (!message_of(at, &message, &one))
        return false;
    return feed(matcher, &state, message.msg_iov, message.msg_iovlen, BOARD_HELD_BYTES);
}

/* What is there is looked at in a buffer of the board's: the program's own is not to be touched yet. */
static bool in_what_came(const struct attempt *at, const struct matcher *matcher, uint32_t state)
{
    struct board_held *scratch = held_claim();
    if (!scratch)
        return false;
    size_t room = at->asked < sizeof scratch->bytes ? at->asked : sizeof scratch->bytes;
    ssize_t n = next_recv(at->fd, scratch->bytes, room, MSG_PEEK | MSG_DONTWAIT);
    struct iovec iov = {scratch->bytes, n > 0 ? (size_t)n : 0};
    bool found = feed(matcher, &state, &iov, 1, iov.iov_len);
    held_free(scratch);
    return found;
}

bool matches_carried(void *context, uint32_t index)
{
    const struct attempt *at = context;
    const struct matcher *matcher = matcher_of(index);
    _Atomic uint64_t *cell = progress(at, index);
    uint32_t state = cell ? (uint32_t)atomic_load(cell) : 0;
    if (at->info->family == FAMILY_SEND)
        return in_what_is_sent(at, matcher, state);
    return (at->arrived || at->ahead) && in_what_came(at, matcher, state);
}

void matches_note(const struct attempt *at)
{
    struct msghdr message;
    struct iovec one;
    if (!at->socket || at->socket->type != SOCK_STREAM || at->result <= 0 || at->messages ||
        at->flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE) || !message_of(at, &message, &one))
        return;
    uint32_t count = board_rules(shim.board);
    for (uint32_t i = board_rule_next(shim.board, 0, count); i < count;
         i = board_rule_next(shim.board, i + 1, count)) {
        _Atomic uint64_t *cell = shim.board->rules[i].match.len > 0 ? progress(at, i) : NULL;
        if (!cell)
            continue;
        uint32_t state = (uint32_t)atomic_load(cell);
        feed(matcher_of(i), &state, message.msg_iov, message.msg_iovlen, (size_t)at->result);
        atomic_store(cell, state);
    }
}
