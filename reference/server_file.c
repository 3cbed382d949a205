/* The file of an AF_UNIX socket: it outlives its server, unlike a port or an abstract name. */
#include "reference/server.h"

#include <errno.h>
#include <unistd.h>

/* Whether the path is a socket on which nobody answers: whatever else stands there is not ours to remove. */
static bool is_stale(const struct server *s)
{
    struct stat file;

    if (lstat(s->options.path, &file) != 0 || !S_ISSOCK(file.st_mode))
        return false;
    int probe = socket(AF_UNIX, s->options.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return false;
    bool stale = connect(probe, &s->address.any, s->address.length) != 0 && errno == ECONNREFUSED;
    close(probe);
    return stale;
}

int bind_address(struct server *s)
{
    bool file = s->options.domain == AF_UNIX && !s->options.abstract;
    int result = bind(s->listener, &s->address.any, s->address.length);

    if (result != 0 && errno == EADDRINUSE && file) {
        if (is_stale(s) && unlink(s->options.path) == 0)
            result = bind(s->listener, &s->address.any, s->address.length);
        else
            errno = EADDRINUSE;
    }
    if (result == 0 && file)
        lstat(s->options.path, &s->file); /* if somebody has removed it already, there is none to remove */
    return result;
}

void remove_file(const struct server *s)
{
    struct stat file;

    /* Somebody may have removed the file and made another: that one is not ours. */
    if (s->file.st_ino != 0 && lstat(s->options.path, &file) == 0 && file.st_dev == s->file.st_dev &&
        file.st_ino == s->file.st_ino)
        unlink(s->options.path);
}
