#include "harness/run/start/preload.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *preload_name(const char *folder, const char *shim, char link[PRELOAD_NAME_MAX])
{
    if (!strpbrk(shim, PRELOAD_SEPARATORS))
        return shim;
    snprintf(link, PRELOAD_NAME_MAX, "%s/libsockfault.so", folder);
    return symlink(shim, link) == 0 ? link : NULL;
}
