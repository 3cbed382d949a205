#include "harness/run/start/listening.h"

#include "harness/procfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OWN_MAX = 4096 };

/* Inode numbers of the process's sockets. */
struct own {
    pid_t pid;
    unsigned long inodes[OWN_MAX];
    size_t count;
};

static void add_socket(void *context, int fd)
{
    struct own *own = context;
    char path[64], target[64] = "";
    snprintf(path, sizeof path, "/proc/%d/fd/%d", own->pid, fd);
    if (readlink(path, target, sizeof target - 1) > 0 && own->count < OWN_MAX &&
        sscanf(target, "socket:[%lu]", &own->inodes[own->count]) == 1)
        own->count++;
}

static bool is_own(const struct own *own, unsigned long inode)
{
    for (size_t i = 0; i < own->count; i++)
        if (own->inodes[i] == inode)
            return true;
    return false;
}

/* A row of /proc/net/tcp or udp. TCP_LISTEN is 0A; a UDP socket that is bound and not connected is 07. */
static bool inet_row(const struct own *own, const char *line, unsigned int state, const uint16_t *ports,
                     int count)
{
    unsigned int port, found;
    unsigned long inode;
    if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u %lu", &port, &found,
               &inode) != 3)
        return false;
    bool wanted = count == 0;
    for (int i = 0; i < count; i++)
        wanted = wanted || ports[i] == port;
    return found == state && wanted && is_own(own, inode);
}

/* A row of /proc/net/unix: flag 00010000 is __SO_ACCEPTCON. */
static bool unix_row(const struct own *own, const char *line)
{
    unsigned int flags;
    unsigned long inode;
    return sscanf(line, "%*[0-9a-fA-F]: %*x %*x %x %*x %*x %lu", &flags, &inode) == 2 && flags & 0x10000 &&
           is_own(own, inode);
}

static bool search(const struct own *own, const char *table, unsigned int state, const uint16_t *ports,
                   int count)
{
    char path[64], line[512];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/net/%s", own->pid, table);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = state ? inet_row(own, line, state, ports, count) : unix_row(own, line);
    if (file)
        fclose(file);
    return found;
}

bool kernel_listens(pid_t pid, const uint16_t *ports, int count)
{
    struct own own = {.pid = pid};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    if (!proc_each_number(path, add_socket, &own) || own.count == 0)
        return false;
    return search(&own, "tcp", 0x0a, ports, count) || search(&own, "tcp6", 0x0a, ports, count) ||
           search(&own, "udp", 0x07, ports, count) || search(&own, "udp6", 0x07, ports, count) ||
           search(&own, "unix", 0, ports, count);
}
