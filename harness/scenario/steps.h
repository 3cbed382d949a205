/* The steps of scripted peers: whether they fit together. Their values are read by the readers of keys.def.
 */
#ifndef SOCKFAULT_STEPS_H
#define SOCKFAULT_STEPS_H

#include "harness/scenario/reader.h"

enum { STEPS_DEPTH = 4 }; /* a repeat within a repeat ... */

/*
 * Follows a script that has been read: numbers its steps, and says where one is about a connection that is
 * not there, or something that its socket cannot do, or comes when nothing can come any more. `list` is the
 * node of the list, for places. Fills in rests and listens.
 */
bool steps_check(struct reader *r, const struct node *list, struct peer_script *script);

#endif
