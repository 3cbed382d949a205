/*
 * Which descriptor an epoll event speaks of. The kernel hands back only the program's own word
 * (epoll_event.data), so what epoll_ctl said is remembered: the last registration of each descriptor.
 */
#ifndef SOCKFAULT_SHIM_EPOLLS_H
#define SOCKFAULT_SHIM_EPOLLS_H

#include <stdint.h>
#include <sys/epoll.h>

/* fd was added to the epoll or changed in it; event NULL: taken out. */
void epoll_note(int epoll_fd, int fd, const struct epoll_event *event);

/* first..last inclusive were closed, which takes them out of every epoll; an epoll among them is gone. */
void epoll_forget(unsigned int first, unsigned int last);

/* The descriptor registered there with that data, its events in *ret_events; -1 when none is known, or
 * several are. */
int epoll_find(int epoll_fd, uint64_t data, uint32_t *ret_events);

/* The first descriptor from `from` on that is registered there, its events in *ret_events; -1: no more. */
int epoll_next(int epoll_fd, int from, uint32_t *ret_events);

#endif
