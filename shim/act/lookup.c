#include "shim/act/lookup.h"

#include <errno.h>
#include <netdb.h>

/* What the errors of getaddrinfo are called by the older calls, and what errno is left with (glibc 2.36). */
static const struct {
    int error, h_error, err;
} failures[] = {
    {EAI_AGAIN, TRY_AGAIN, EAGAIN},       {EAI_NONAME, HOST_NOT_FOUND, ENOENT},
    {EAI_NODATA, NO_DATA, ENOENT},        {EAI_FAIL, NO_RECOVERY, EAGAIN},
    {EAI_SYSTEM, NETDB_INTERNAL, EMFILE}, {EAI_MEMORY, NETDB_INTERNAL, ENOMEM},
};

/* gethostbyname_r(3): 0 and no answer, or an errno. */
static void tell_reentrant(struct attempt *at, int h_error)
{
    *at->h_errnop = h_error;
    if (at->entry)
        *at->entry = NULL;
    at->result = h_error == TRY_AGAIN ? EAGAIN : h_error == NETDB_INTERNAL ? at->err : 0;
}

bool fails_to_resolve(struct attempt *at)
{
    int wanted = at->decision.err, error = wanted > 0 ? EAI_SYSTEM : wanted;
    size_t i = 0;
    while (i + 1 < sizeof failures / sizeof *failures && failures[i].error != error)
        i++;
    at->err = wanted > 0 ? wanted : failures[i].err;
    if (at->info->traits & FAILS_NULL) {
        h_errno = failures[i].h_error;
        at->result = 0;
    } else if (at->h_errnop) {
        tell_reentrant(at, failures[i].h_error);
    } else {
        at->result = error;
    }
    return false;
}
