#include "shim/model/errnos.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

/* strerrorname_np(3) knows the names; numbers above this are not errnos on any Linux. */
enum { LAST_ERRNO = 133 };

/* Errors of getaddrinfo(3): negative in this libc, so that they are apart from errnos. */
static const struct {
    const char *name;
    int err;
} resolver_errors[] = {
    {"EAI_AGAIN", EAI_AGAIN},   {"EAI_NONAME", EAI_NONAME}, {"EAI_NODATA", EAI_NODATA},
    {"EAI_SYSTEM", EAI_SYSTEM}, {"EAI_FAIL", EAI_FAIL},     {"EAI_MEMORY", EAI_MEMORY},
};
enum { RESOLVER_ERRORS = sizeof resolver_errors / sizeof *resolver_errors };

const char *errno_name(int err)
{
    for (int i = 0; err < 0 && i < RESOLVER_ERRORS; i++)
        if (resolver_errors[i].err == err)
            return resolver_errors[i].name;
    const char *name = err > 0 ? strerrorname_np(err) : NULL;
    return name ? name : "?";
}

int errno_find(const char *name, size_t len)
{
    if (len == strlen("EWOULDBLOCK") && memcmp(name, "EWOULDBLOCK", len) == 0)
        return EWOULDBLOCK;
    for (int i = 0; i < RESOLVER_ERRORS; i++)
        if (strlen(resolver_errors[i].name) == len && memcmp(resolver_errors[i].name, name, len) == 0)
            return resolver_errors[i].err;
    for (int err = 1; err <= LAST_ERRNO; err++) {
        const char *known = strerrorname_np(err);
        if (known && strlen(known) == len && memcmp(known, name, len) == 0)
            return err;
    }
    return 0;
}
