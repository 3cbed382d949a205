/* The step that receives. */
#include "harness/peer/address.h"
#include "harness/peer/mismatch.h"
#include "harness/peer/peer.h"
#include "harness/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 65536,
    MATCH_MAX = 65536,    /* bytes in which a regular expression is looked for */
    MESSAGE_MAX = 262144, /* more than any message that can be sent with the kernel's usual buffers */
    MORE_MAX = 1024,      /* bytes that are looked at behind a mismatch */
};

enum arrival { ARRIVED, ENDED, WAS_RESET, FAILED };

static const char then_end[] = "then end of file";
static const char then_reset[] = "then a reset";

static char *match_text(const struct peer_step *step)
{
    char *escaped = text_escaped(step->regex_text, strlen(step->regex_text), false);
    char *text = text_format("matches /%s/", escaped != NULL ? escaped : step->regex_text);
    free(escaped);
    return text;
}

static char *wanted_text(const struct peer *peer)
{
    const struct peer_step *step = peer->step;
    const char *unit = peer_type_keeps_messages(peer_wire(peer)->type) ? "a message of " : "";
    switch (step->want) {
    case WANT_DATA:
        return mismatch_quoted(&peer->wanted, bytes_differ(&peer->wanted, &peer->got));
    case WANT_MATCH:
        return match_text(step);
    case WANT_COUNT:
        return text_format("%s%llu byte%s", unit, (unsigned long long)step->bytes,
                           step->bytes == 1 ? "" : "s");
    case WANT_EOF:
        return text_format("end of file");
    default:
        return text_format("a reset");
    }
}

/* The bytes side by side where there are bytes on both sides; else what came and what became of it. */
static void describe(const struct peer *peer, const char *reason, char **ret_expected, char **ret_got)
{
    bool data = peer->step->want == WANT_DATA, both = data && peer->got.len > 0;
    size_t around = data ? bytes_differ(&peer->wanted, &peer->got) : peer->got.len;
    char *quoted = mismatch_quoted(&peer->got, around);
    char *remark = both ? mismatch_remark(&peer->wanted, &peer->got) : NULL;
    char *table = both ? mismatch_table(&peer->wanted, &peer->got) : NULL;
    const char *comma = *reason != '\0' ? ", " : "";
    *ret_expected = wanted_text(peer);
    if (both)
        *ret_got = text_format("%s%s%s\n%s\n%s", quoted, comma, reason, remark, table);
    else if (!data && peer->got.len > 0)
        *ret_got = text_format("%s%s%s\n%zu bytes", quoted, comma, reason, peer->got.len);
    else
        *ret_got = text_format("%s%s%s", quoted, comma, reason);
    free(quoted);
    free(remark);
    free(table);
}

/*
 * Receives at most `most` bytes behind peer->got; waits until there is something. After ARRIVED *ret_len says
 * how many, which may be none in a message. FAILED is after peer_fail.
 */
static enum arrival receive(struct peer *peer, size_t most, size_t *ret_len)
{
    struct wire *wire = peer_wire(peer);
    if (!bytes_room(&peer->got, most))
        return peer_fail(peer, "more than there is room for"), FAILED;
    for (;;) {
        socklen_t len = sizeof wire->sender;
        ssize_t got =
            recvfrom(wire->fd, peer->got.at + peer->got.len, most, 0,
                     wire->bound ? (struct sockaddr *)&wire->sender : NULL, wire->bound ? &len : NULL);
        if (got > 0 || (got == 0 && wire->type == SOCK_DGRAM)) {
            wire->sender_len = wire->bound && len > sizeof(sa_family_t) ? len : 0;
            peer->got.len += (size_t)got;
            peer->got.at[peer->got.len] = '\0';
            *ret_len = (size_t)got;
            return ARRIVED;
        }
        if (got == 0)
            return ENDED;
        if (errno == ECONNRESET)
            return WAS_RESET;
        if (errno != EAGAIN && errno != EINTR)
            return peer_fail_errno(peer, "then", errno), FAILED;
        if (errno == EAGAIN && !peer_wait(peer, wire->fd, POLLIN, peer->until_ns))
            return peer_fail_late(peer), FAILED;
    }
}

/* What else has come by now is shown too. It is looked at only: the peer is about to end. */
static bool fail_with_more(struct peer *peer)
{
    const struct wire *wire = peer_wire(peer);
    if (wire->type == SOCK_STREAM && bytes_room(&peer->got, MORE_MAX)) {
        ssize_t more = recv(wire->fd, peer->got.at + peer->got.len, MORE_MAX, MSG_DONTWAIT | MSG_PEEK);
        peer->got.len += more > 0 ? (size_t)more : 0;
        peer->got.at[peer->got.len] = '\0';
    }
    return peer_fail(peer, "");
}

/* The end that was not expected now. */
static bool fail_ended(struct peer *peer, enum arrival arrival)
{
    return arrival == FAILED ? false : peer_fail(peer, arrival == ENDED ? then_end : then_reset);
}

static bool expect_data(struct peer *peer)
{
    size_t len;
    while (peer->got.len < peer->wanted.len) {
        size_t left = peer->wanted.len - peer->got.len;
        enum arrival arrival = receive(peer, left < CHUNK ? left : CHUNK, &len);
        if (arrival != ARRIVED)
            return fail_ended(peer, arrival);
        size_t before = peer->got.len - len;
        if (memcmp(peer->got.at + before, peer->wanted.at + before, len) != 0)
            return fail_with_more(peer);
    }
    return true;
}

static bool expect_count(struct peer *peer)
{
    size_t len;
    for (uint64_t done = 0; done < peer->step->bytes; done += len) {
        uint64_t left = peer->step->bytes - done;
        enum arrival arrival = receive(peer, left < CHUNK ? (size_t)left : CHUNK, &len);
        if (arrival != ARRIVED)
            return fail_ended(peer, arrival);
    }
    return true;
}

static bool matches(const struct peer *peer)
{
    regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)peer->got.len};
    return regexec(&peer->step->regex, peer->got.at, 1, &whole, REG_STARTEND) == 0;
}

/* Byte for byte: what is taken must not depend on the pieces in which it comes. */
static bool expect_match(struct peer *peer)
{
    size_t len;
    do {
        if (peer->got.len == MATCH_MAX)
            return peer_fail(peer, "and no match in them");
        enum arrival arrival = receive(peer, 1, &len);
        if (arrival != ARRIVED)
            return fail_ended(peer, arrival);
    } while (!matches(peer));
    return true;
}

static bool expect_end(struct peer *peer)
{
    size_t len;
    enum arrival wanted = peer->step->want == WANT_EOF ? ENDED : WAS_RESET, arrival = receive(peer, 1, &len);
    if (arrival == wanted)
        return true;
    return arrival == ARRIVED ? fail_with_more(peer) : fail_ended(peer, arrival);
}

static bool message_holds(const struct peer *peer)
{
    switch (peer->step->want) {
    case WANT_DATA:
        return peer->got.len == peer->wanted.len && memcmp(peer->got.at, peer->wanted.at, peer->got.len) == 0;
    case WANT_MATCH:
        return matches(peer);
    case WANT_COUNT:
        return peer->got.len == peer->step->bytes;
    default:
        return false;
    }
}

static bool expect_message(struct peer *peer)
{
    size_t len;
    enum arrival arrival = receive(peer, MESSAGE_MAX, &len);
    if (arrival == ENDED && peer->step->want == WANT_EOF)
        return true;
    if (arrival == WAS_RESET && peer->step->want == WANT_RESET)
        return true;
    if (arrival != ARRIVED)
        return fail_ended(peer, arrival);
    return message_holds(peer) || peer_fail(peer, "");
}

bool peer_expect(struct peer *peer)
{
    static bool (*const of_stream[])(struct peer * peer) = {
        [WANT_DATA] = expect_data, [WANT_MATCH] = expect_match, [WANT_COUNT] = expect_count,
        [WANT_EOF] = expect_end,   [WANT_RESET] = expect_end,
    };
    const struct peer_step *step = peer->step;
    struct diag diag = {0};
    if (!bytes_room(&peer->got, 0) ||
        !bytes_make(step, peer->task->runtime, peer->task->root, &peer->wanted, &diag))
        return peer_fail(peer, diag_ok(&diag) ? "no memory" : diag.text);
    peer->describe = describe;
    peer->got.at[0] = '\0';
    return peer_type_keeps_messages(peer_wire(peer)->type) ? expect_message(peer)
                                                           : of_stream[step->want](peer);
}
