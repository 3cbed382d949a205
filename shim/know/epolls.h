/*
 * Which descriptor an epoll event speaks of. The kernel hands back only the program's own word
 * (epoll_event.data), so what epoll_ctl said is remembered: the registrations of each descriptor, in up to
 * EPOLLS_A_DESCRIPTOR epolls.
 */
#ifndef SOCKFAULT_SHIM_EPOLLS_H
#define SOCKFAULT_SHIM_EPOLLS_H

#include <stdint.h>
#include <sys/epoll.h>

enum { EPOLLS_A_DESCRIPTOR = 4 };

/* fd was added to the epoll or changed in it; event NULL: taken out. */
void epoll_note(int epoll_fd, int fd, const struct epoll_event *event);

/* first..last inclusive were closed, which takes them out of every epoll; an epoll among them is gone. */
void epoll_forget(unsigned int first, unsigned int last);

/* The descriptor registered there with that data, its events in *ret_events; -1 when none is known, or
 * several are. */
int epoll_find(int epoll_fd, uint64_t data, uint32_t *ret_events);

/* The first descriptor from `fd` on that is registered there, and how; -1: no more. */
int epoll_next(int epoll_fd, int fd, struct epoll_event *ret_event);

#endif
