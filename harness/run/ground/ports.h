/* Port numbers for ${port}, ${port2} ...: free for this experiment, without ever binding and closing one to
 * find out. */
#ifndef SOCKFAULT_RUN_PORTS_H
#define SOCKFAULT_RUN_PORTS_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stdint.h>

enum { PORTS_MAX = 9 };

struct ports {
    uint16_t numbers[PORTS_MAX + 1]; /* [1] is ${port} */
    int locks[PORTS_MAX + 1];        /* -1: none needed */
};

/*
 * count of them, at most PORTS_MAX. In a network namespace of our own they are always the same numbers. Else
 * they lie under the ephemeral range (ip(7)), nobody uses them now, and each is held by a lock until
 * ports_give_back: an abstract socket (unix(7)), which exists once in a network namespace just as a port
 * does.
 */
bool ports_take(int count, bool own_network, struct ports *ret, struct diag *diag);
void ports_give_back(struct ports *ports);

#endif
