#include "shim/act/lookup.h"
#include "shim/know/lookups.h"
#include "shim/state.h"

#include <errno.h>
#include <netdb.h>

enum { KEPT = -1 }; /* errno is left as it was */

/*
 * What the errors of getaddrinfo are called by the older calls, and what errno is left with (glibc 2.36;
 * tests/conformance/resolver.c): where a name is looked up, where an address is, and by getaddrinfo for
 * addresses of every kind.
 */
static const struct failure {
    int error, h_error, forward, backward, every_kind;
} failures[] = {
    {EAI_AGAIN, TRY_AGAIN, EAGAIN, 0, EAGAIN},
    {EAI_NONAME, HOST_NOT_FOUND, 0, 0, KEPT},
    {EAI_NODATA, NO_DATA, 0, 0, KEPT},
    {EAI_FAIL, NO_RECOVERY, 0, 0, KEPT},
    {EAI_MEMORY, NETDB_INTERNAL, ENOMEM, ENOMEM, ENOMEM},
    {EAI_SYSTEM, NETDB_INTERNAL, EMFILE, EMFILE, EMFILE},
};

static const struct failure *failure_of(int error)
{
    size_t i = 0;
    while (i + 1 < sizeof failures / sizeof *failures && failures[i].error != error)
        i++;
    return &failures[i];
}

/* What a lack of descriptors is called where it is not EAI_SYSTEM. */
static const struct failure *failure_otherwise(const struct attempt *at)
{
    static const struct failure unread = {EAI_NONAME, NETDB_INTERNAL, EMFILE, EMFILE, EMFILE};
    return lookup_is_backward(at) ? failure_of(EAI_AGAIN) : &unread;
}

static const struct failure *failure_at(const struct attempt *at)
{
    if (at->decision.err == EMFILE && !lookup_is_systemic(at))
        return failure_otherwise(at);
    return failure_of(at->decision.err > 0 ? EAI_SYSTEM : at->decision.err);
}

/* What it could not do itself, a reentrant call tells by its own argument alone where it was to begin with,
 * and getaddrinfo(3) not at all. */
static bool keeps_h_errno(const struct attempt *at, const struct failure *failure)
{
    bool is_first = !atomic_load(&shim.has_looked_up);
    if (failure->h_error != NETDB_INTERNAL)
        return false;
    return at->h_errnop ? lookup_is_backward(at) || is_first : failure->error == EAI_NONAME;
}

static int errno_of(const struct attempt *at, const struct failure *failure)
{
    int err = failure->forward;
    if (at->decision.err > 0 && failure->error == EAI_SYSTEM)
        return at->decision.err;
    if (lookup_is_backward(at))
        err = failure->backward;
    else if (lookup_wants_every_kind(at))
        err = failure->every_kind;
    return err == KEPT ? at->errno_before : err;
}

/* gethostbyname_r(3): 0 and no answer, or an errno. */
static void tell_reentrant(struct attempt *at, const struct failure *failure, int err)
{
    bool told = failure->h_error == NETDB_INTERNAL || (failure->h_error == TRY_AGAIN && err == EAGAIN);
    *at->h_errnop = failure->h_error;
    if (at->entry)
        *at->entry = NULL;
    at->result = told ? err : 0;
}

bool fails_to_resolve(struct attempt *at)
{
    const struct failure *failure = failure_at(at);
    int err = errno_of(at, failure);
    at->err = err;
    at->errno_before = err; /* 0 as well */
    if (!keeps_h_errno(at, failure))
        h_errno = failure->h_error;
    if (at->info->traits & FAILS_NULL)
        at->result = 0;
    else if (at->h_errnop)
        tell_reentrant(at, failure, err);
    else
        at->result = failure->error;
    return false;
}
