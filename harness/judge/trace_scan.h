/* What the trace says of the calls a rule speaks of. Internal to harness/judge. */
#ifndef SOCKFAULT_TRACE_SCAN_H
#define SOCKFAULT_TRACE_SCAN_H

#include "shim/model/board.h"

enum { SCAN_KINDS = 4 };

struct trace_scan {
    bool fd_matched, peer_matched; /* at least one call satisfied that selector */
    bool taken;                    /* another rule fired at one of them */
    int32_t fds[SCAN_KINDS];       /* the first different ones */
    struct endpoint peers[SCAN_KINDS];
    size_t fd_count, peer_count;
    bool more_fds, more_peers;
    int64_t asked_most; /* -1: none says */
};

/*
 * Reads what is left of the trace (the last BOARD_TRACE records) for calls of the rule made by the roles
 * whose bit is set. board may be NULL: nothing is known then.
 */
struct trace_scan trace_scan(const struct board *board, const struct rule *rule, uint64_t roles);

#endif
