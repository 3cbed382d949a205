/* Acting: what a decision does to the call and the socket. One function before the call and one after it, per
 * recipe. */
#ifndef SOCKFAULT_SHIM_RECIPES_H
#define SOCKFAULT_SHIM_RECIPES_H

#include "shim/intercept/attempt.h"

/* Does what the decision's recipe does before the real call. Whether that call is to be made. */
bool recipe_before(struct attempt *at);

/* Does what it does afterwards; may change the result. */
void recipe_after(struct attempt *at);

#endif
