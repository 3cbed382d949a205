#include "harness/judge/trace_scan.h"
#include "shim/model/endpoint.h"

#include <string.h>

static void see_fd(struct trace_scan *scan, const struct rule *rule, int32_t fd)
{
    scan->fd_matched |= fd == rule->fd;
    for (size_t i = 0; i < scan->fd_count; i++)
        if (scan->fds[i] == fd)
            return;
    if (scan->fd_count < SCAN_KINDS)
        scan->fds[scan->fd_count++] = fd;
    else
        scan->more_fds = true;
}

static bool same_peer(const struct endpoint *a, const struct endpoint *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0 &&
           a->path_hash == b->path_hash;
}

static void see_peer(struct trace_scan *scan, const struct rule *rule, const struct endpoint *peer)
{
    if (peer->family == AF_UNSPEC)
        return;
    scan->peer_matched |= rule->has_peer && endpoint_matches(&rule->peer, peer);
    for (size_t i = 0; i < scan->peer_count; i++)
        if (same_peer(&scan->peers[i], peer))
            return;
    if (scan->peer_count < SCAN_KINDS)
        scan->peers[scan->peer_count++] = *peer;
    else
        scan->more_peers = true;
}

struct trace_scan trace_scan(const struct board *board, const struct rule *rule, uint64_t roles)
{
    struct trace_scan scan = {.asked_most = -1};
    uint64_t head = board == NULL ? 0 : atomic_load(&board->trace_head);
    for (uint64_t number = head > BOARD_TRACE ? head - BOARD_TRACE : 0; number < head; number++) {
        struct trace_record record;
        if (board_trace_read(board, number, &record) != 1 || record.kind != TRACE_CALL ||
            record.call >= CALL_COUNT || record.role >= BOARD_ROLES)
            continue;
        if (!call_set_has(&rule->calls, (enum call_id)record.call) || !(roles >> record.role & 1))
            continue;
        see_fd(&scan, rule, record.fd);
        see_peer(&scan, rule, &record.peer);
        scan.taken |= record.rule >= 0;
        if (record.asked > scan.asked_most)
            scan.asked_most = record.asked;
    }
    return scan;
}
