/* The version, once. */
#ifndef SOCKFAULT_VERSION_H
#define SOCKFAULT_VERSION_H

#define SOCKFAULT_VERSION "0.1.0"

#endif
