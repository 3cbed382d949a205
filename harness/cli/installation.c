#include "harness/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Relative to the folder of the executable: as built, and as `make install` puts it. */
static const char *const shim_places[] = {
    "libsockfault.so",
    "../lib/sockfault/libsockfault.so",
    "../lib/libsockfault.so",
};

/* The second is for a variant of the build, in a folder below. */
static const char *const third_party_places[] = {"third-party", "../third-party"};

/* The folder of this executable, without a '/' at the end. */
static bool own_folder(char folder[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (len <= 0)
        return false;
    folder[len] = '\0';
    *strrchr(folder, '/') = '\0';
    return true;
}

/* folder/place in *ret, without '..', if it is there. */
static bool look(const char *folder, const char *place, int mode, char ret[PATH_MAX])
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, place);
    return access(path, mode) == 0 && realpath(path, ret) != NULL;
}

static bool find_shim(const char *folder, char shim[PATH_MAX], struct diag *diag)
{
    const char *said = getenv("SOCKFAULT_SHIM");
    if (said != NULL && *said != '\0') {
        if (access(said, R_OK) == 0 && realpath(said, shim) != NULL)
            return true;
        diag_set(diag, STATUS_TROUBLE, "the shim is not there: SOCKFAULT_SHIM is %s: %m", said);
        return false;
    }
    for (size_t i = 0; i < sizeof shim_places / sizeof *shim_places; i++)
        if (look(folder, shim_places[i], R_OK, shim))
            return true;
    diag_set(diag, STATUS_TROUBLE, "the shim is not there; looked for:");
    for (size_t i = 0; i < sizeof shim_places / sizeof *shim_places; i++)
        diag_more(diag, "    %s/%s", folder, shim_places[i]);
    diag_more(diag, "SOCKFAULT_SHIM=PATH in the environment names another place");
    return false;
}

bool installation_find(struct installation *ret, struct diag *diag)
{
    char folder[PATH_MAX];
    struct installation found = {0};
    if (!own_folder(folder)) {
        diag_set(diag, STATUS_TROUBLE, "/proc/self/exe cannot be read: %m (is /proc mounted?)");
        return false;
    }
    if (!find_shim(folder, found.shim, diag))
        return false;
    for (size_t i = 0; i < sizeof third_party_places / sizeof *third_party_places; i++)
        if (found.third_party[0] == '\0' && !look(folder, third_party_places[i], X_OK, found.third_party))
            found.third_party[0] = '\0';
    *ret = found;
    return true;
}
