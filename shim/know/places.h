/* Where in the program a call was made, compared with what a rule's `site` says. */
#ifndef SOCKFAULT_SHIM_PLACES_H
#define SOCKFAULT_SHIM_PLACES_H

#include "shim/intercept/attempt.h"

/*
 * For struct query: context is the struct attempt. Modules are those that were loaded when the process began;
 * a call from one that was loaded later (dlopen) is at no site.
 */
bool site_is(void *context, const struct rule_site *site);

#endif
