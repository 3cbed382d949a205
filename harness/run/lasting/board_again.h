/*
 * A board that serves another experiment: of those who were there when it was marked everything stays as it
 * was then, of all others nothing is left. Only while nobody makes a call: they rest, or have ended.
 */
#ifndef SOCKFAULT_RUN_BOARD_AGAIN_H
#define SOCKFAULT_RUN_BOARD_AGAIN_H

#include "shim/model/board.h"

/* So many slots were taken; and what those roles had done by then. */
struct board_mark {
    uint32_t roles, processes, threads, modules, timers;
    uint32_t alarms;             /* that are armed */
    uint32_t unseen;             /* as on the board */
    struct board_role *counts;   /* `roles` of them */
    struct board_process *those; /* `processes` of them */
};

/* false: no memory. */
bool board_mark_take(const struct board *board, struct board_mark *ret);
void board_mark_free(struct board_mark *mark);

/* Whether it can serve again: nothing has come to it since that would last. */
bool board_unchanged(const struct board *board, const struct board_mark *mark);

/*
 * As board_init with a board of that mark; time goes on. `lives` tells of a process whether it is one of
 * those who stay; their threads do as well, whenever they were made. Sockets are known by numbers that do not
 * come again (sockfs's inodes): those that are gone may stay.
 */
void board_again(struct board *board, const struct board_mark *mark, bool (*lives)(void *context, pid_t pid),
                 void *context, const struct rule *rules, uint32_t rule_count, uint64_t seed, int64_t now_ns);

#endif
