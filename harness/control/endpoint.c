#include "harness/control/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 64 };

bool control_address(const char *path, struct sockaddr_un *ret, struct diag *diag)
{
    size_t len = strlen(path);
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len == 0)
        diag_set(diag, STATUS_USAGE, "got '', expected the path of a socket");
    else if (len > CONTROL_PATH_MAX)
        diag_set(diag, STATUS_USAGE, "got a path of %zu bytes, expected at most %d: '%.40s...'", len,
                 (int)CONTROL_PATH_MAX, path);
    else
        memcpy(ret->sun_path, path, len);
    return diag_ok(diag);
}

/* Two that find the same left-over socket must not both replace it: one at a time looks into a folder. The
 * descriptor, or -1 with *diag. */
static int lock_folder(const char *path, struct diag *diag)
{
    char copy[CONTROL_PATH_MAX + 1];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0)
        return fd;
    diag_set(diag, STATUS_TROUBLE, "--control=%s: %m", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool somebody_listens(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* EAGAIN: its queue is full; another type of socket is EPROTOTYPE; only nobody is ECONNREFUSED. */
    bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return !refused;
}

/* Makes room, which only a left-over socket gives. */
static bool make_room(const struct sockaddr_un *address, struct diag *diag)
{
    struct stat facts;
    const char *path = address->sun_path;
    if (lstat(path, &facts) < 0)
        return true; /* or it cannot be seen: bind will say why */
    if (!S_ISSOCK(facts.st_mode))
        diag_set(diag, STATUS_TROUBLE, "--control=%s: got a file that is there, expected a new one", path);
    else if (facts.st_uid != geteuid() || somebody_listens(address))
        diag_set(diag, STATUS_TROUBLE, "--control=%s: got a socket that is in use, expected a new one", path);
    else if (unlink(path) < 0)
        diag_set(diag, STATUS_TROUBLE, "--control=%s: %m", path);
    return diag_ok(diag);
}

/* The file has mode 0600 from its birth. */
static bool bind_private(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0177);
    bool bound = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    int saved = errno;
    umask(before);
    errno = saved;
    return bound;
}

static bool make(struct control_endpoint *endpoint, const struct sockaddr_un *address, struct diag *diag)
{
    struct stat facts = {0};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool bound = fd >= 0 && bind_private(fd, address);
    if (bound && lstat(address->sun_path, &facts) == 0 && listen(fd, BACKLOG) == 0) {
        *endpoint = (struct control_endpoint){.fd = fd, .device = facts.st_dev, .inode = facts.st_ino};
        strcpy(endpoint->path, address->sun_path);
        return true;
    }
    diag_set(diag, STATUS_TROUBLE, "--control=%s: %m", address->sun_path);
    if (bound)
        unlink(address->sun_path);
    if (fd >= 0)
        close(fd);
    return false;
}

bool control_endpoint_make(struct control_endpoint *endpoint, const char *path, struct diag *diag)
{
    struct sockaddr_un address;
    struct diag problem = {0};
    endpoint->fd = -1;
    if (!control_address(path, &address, &problem)) {
        diag_set(diag, problem.status, "--control: %s", problem.text);
        return false;
    }
    int lock = lock_folder(path, diag);
    if (lock < 0)
        return false;
    bool made = make_room(&address, diag) && make(endpoint, &address, diag);
    close(lock);
    return made;
}

void control_endpoint_unlink(const struct control_endpoint *endpoint)
{
    struct stat facts;
    if (lstat(endpoint->path, &facts) == 0 && facts.st_dev == endpoint->device &&
        facts.st_ino == endpoint->inode)
        unlink(endpoint->path);
}
