#include "shim/model/errnos.h"

#include <errno.h>
#include <string.h>

/* strerrorname_np(3) knows the names; numbers above this are not errnos on any Linux. */
enum { LAST_ERRNO = 133 };

const char *errno_name(int err)
{
    const char *name = err > 0 ? strerrorname_np(err) : NULL;
    return name ? name : "?";
}

int errno_find(const char *name, size_t len)
{
    if (len == strlen("EWOULDBLOCK") && memcmp(name, "EWOULDBLOCK", len) == 0)
        return EWOULDBLOCK;
    for (int err = 1; err <= LAST_ERRNO; err++) {
        const char *known = strerrorname_np(err);
        if (known && strlen(known) == len && memcmp(known, name, len) == 0)
            return err;
    }
    return 0;
}
