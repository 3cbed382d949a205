/* Failures of the resolver. */
#ifndef SOCKFAULT_SHIM_LOOKUP_H
#define SOCKFAULT_SHIM_LOOKUP_H

#include "shim/intercept/attempt.h"

/*
 * A recipe: the call fails as getaddrinfo(3) does with that error, errno included; gethostbyname(3) and its
 * like tell it by h_errno. EMFILE and EBUSY are EAI_SYSTEM with that errno; EMFILE is what
 * glibc makes of it (lookup_is_systemic).
 */
bool fails_to_resolve(struct attempt *at);

#endif
