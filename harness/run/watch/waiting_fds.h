/* The descriptors a thread waits for, in words. */
#ifndef SOCKFAULT_RUN_WAITING_FDS_H
#define SOCKFAULT_RUN_WAITING_FDS_H

#include "harness/quiet/tasks.h"
#include "shim/model/board.h"

/* The socket of the board that this descriptor of the process is; NULL: it is none, or not known there. */
const struct board_socket *fd_socket(const struct board *board, pid_t pid, int fd);

/* "connection 1", "descriptor 0 (pipe)", "descriptor 7 (timerfd)", "descriptor 5". malloc'd. */
char *fd_text(const struct board *board, pid_t pid, int fd);

/* "a connection on port 8080", or on what fd_text says. malloc'd. */
char *fd_listener_text(const struct board *board, pid_t pid, int fd);

/*
 * What the poll(2), select(2) or epoll_wait(2) that the thread is asleep in waits for: "input on connection
 * 1, a connection on port 8080 and 3 more descriptors". Its arguments are read from its memory, the contents
 * of an epoll from /proc/PID/fdinfo. malloc'd; NULL: it is in no such call, or it cannot be read.
 */
char *fds_wait_text(const struct board *board, const struct task *task);

#endif
