/*
 * Which socket a descriptor names. A number is only a name: what is kept here is a hint that is checked
 * against the inode before it is used, and forgotten whenever the number is given out anew.
 */
#ifndef SOCKFAULT_SHIM_DESCRIPTORS_H
#define SOCKFAULT_SHIM_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

enum { DESCRIPTOR_UNKNOWN = -1, DESCRIPTOR_OTHER = -2, DESCRIPTOR_EPOLL = -3 };

/* The slot on the board last seen behind fd, or what else is known: nothing, not a socket, an epoll. */
int32_t descriptor_get(int fd);
void descriptor_set(int fd, int32_t slot);
/* first..last inclusive were closed. */
void descriptor_forget(unsigned int first, unsigned int last);
/* One more than the highest number ever set: for walking all of them. */
int descriptor_end(void);

#endif
