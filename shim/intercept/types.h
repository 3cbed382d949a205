/* The headers that declare what the rows of calls.def mention. */
#ifndef SOCKFAULT_SHIM_TYPES_H
#define SOCKFAULT_SHIM_TYPES_H

#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#endif
