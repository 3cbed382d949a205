/* The processes of a scenario. Their values are read by the readers of keys.def. */
#ifndef SOCKFAULT_PROCESS_H
#define SOCKFAULT_PROCESS_H

#include "harness/scenario/reader.h"

/*
 * Makes the experiment's processes, with names and defaults, of the keys of `processes:`: whatever else
 * speaks of processes is read after that.
 */
bool process_names(struct reader *r, const struct node *map);

/*
 * Once all is read: what follows of it (ready, service, only_probe), and whether it fits together. `root` is
 * the whole scenario, for places.
 */
bool processes_settle(struct reader *r, const struct node *root);

#endif
