/* A zygote's side of shim/model/zygote.h. Called by the constructor alone, before there is a board. */
#ifndef SOCKFAULT_SHIM_ZYGOTE_H
#define SOCKFAULT_SHIM_ZYGOTE_H

#include <stdbool.h>

/* Whether ZYGOTE_LINE is our parent's. */
bool zygote_is_wanted(void);

/* Returns in each copy, which is set up as after exec; never in the zygote. */
void zygote_serve(void);

#endif
