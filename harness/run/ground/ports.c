#include "harness/run/ground/ports.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { OWN_FIRST = 4000, SHARED_FIRST = 10000, SHARED_END = 32768, PORT_BITS = 65536 / 8 };

/* Sets the bit of every port that a socket in one of the kernel's tables has (also in TIME_WAIT). */
static void mark_used(const char *path, unsigned char used[PORT_BITS])
{
    FILE *table = fopen(path, "re");
    char line[512];
    while (table && fgets(line, sizeof line, table)) {
        unsigned int port;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x", &port) == 1 && port < 65536)
            used[port / 8] |= (unsigned char)(1u << port % 8);
    }
    if (table)
        fclose(table);
}

static unsigned int ephemeral_begin(void)
{
    unsigned int begin = SHARED_END;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (file && fscanf(file, "%u", &begin) != 1)
        begin = SHARED_END;
    if (file)
        fclose(file);
    return begin > SHARED_FIRST + 1000 ? begin : SHARED_END;
}

/* The lock of a port, or -1 when another run has it. */
static int lock_port(unsigned int port)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int len = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "sockfault-port-%u", port);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&name,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool take_shared(int count, struct ports *ports)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp",
                                         "/proc/net/udp6"};
    unsigned char used[PORT_BITS] = {0};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        mark_used(tables[i], used);
    unsigned int span = ephemeral_begin() - SHARED_FIRST;
    /* Runs that begin at different places meet seldom; the locks decide when they do. */
    unsigned int begin = (unsigned int)getpid() * 37 % span;
    int taken = 0;
    for (unsigned int i = 0; i < span && taken < count; i++) {
        unsigned int port = SHARED_FIRST + (begin + i) % span;
        if (used[port / 8] >> port % 8 & 1)
            continue;
        int lock = lock_port(port);
        if (lock < 0)
            continue;
        taken++;
        ports->locks[taken] = lock;
        ports->numbers[taken] = (uint16_t)port;
    }
    return taken == count;
}

bool ports_take(int count, bool own_network, struct ports *ret, struct diag *diag)
{
    struct ports ports = {0};
    for (int i = 0; i <= PORTS_MAX; i++)
        ports.locks[i] = -1;
    count = count > PORTS_MAX ? PORTS_MAX : count;
    for (int i = 1; own_network && i <= count; i++)
        ports.numbers[i] = (uint16_t)(OWN_FIRST + i - 1);
    if (!own_network && !take_shared(count, &ports)) {
        ports_give_back(&ports);
        diag_set(diag, STATUS_TROUBLE, "no free port could be found and locked under the ephemeral range");
        return false;
    }
    *ret = ports;
    return true;
}

void ports_give_back(struct ports *ports)
{
    for (int i = 0; i <= PORTS_MAX; i++)
        if (ports->locks[i] >= 0) {
            close(ports->locks[i]);
            ports->locks[i] = -1;
        }
}
