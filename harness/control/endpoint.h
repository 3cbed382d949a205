/*
 * The socket file of --control: a listening AF_UNIX stream socket (unix(7)) that only its owner and root can
 * open, from the moment it is there.
 */
#ifndef SOCKFAULT_CONTROL_ENDPOINT_H
#define SOCKFAULT_CONTROL_ENDPOINT_H

#include "harness/diag.h"

#include <sys/types.h>
#include <sys/un.h>

enum { CONTROL_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

struct control_endpoint {
    int fd;                          /* listens, close-on-exec, non-blocking; -1: none */
    char path[CONTROL_PATH_MAX + 1]; /* as given */
    dev_t device;                    /* with the inode: which file is ours, if somebody put another there */
    ino_t inode;
};

/*
 * Makes and binds it, and listens. What is there already is refused, but for a socket of ours that nobody
 * listens on. Single-threaded callers only (umask). false with *diag: USAGE for a path that is too long or
 * empty, else TROUBLE.
 */
bool control_endpoint_make(struct control_endpoint *endpoint, const char *path, struct diag *diag);

/* Removes the file, if it is still ours; not the descriptor. */
void control_endpoint_unlink(const struct control_endpoint *endpoint);

/* The address of a path; false with *diag (USAGE): it is too long, or empty. */
bool control_address(const char *path, struct sockaddr_un *ret, struct diag *diag);

#endif
