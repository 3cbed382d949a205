#include "shim/act/rearm.h"
#include "shim/intercept/next.h"
#include "shim/know/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Writing these options with the value they have makes the kernel announce the socket anew to all who watch
 * it. */
static void rearm_tcp(int fd, bool out)
{
    int level = out ? IPPROTO_TCP : SOL_SOCKET, option = out ? TCP_NOTSENT_LOWAT : SO_RCVLOWAT, value;
    socklen_t size = sizeof value;
    if (next_getsockopt(fd, level, option, &value, &size) == 0)
        next_setsockopt(fd, level, option, &value, size);
}

/* "/proc/self/fdinfo/N" without stdio: a wrapper may run in a signal handler. */
static void fdinfo_path(char *path, int fd)
{
    char digits[12];
    int n = 0;
    strcpy(path, "/proc/self/fdinfo/");
    path += strlen(path);
    do
        digits[n++] = (char)('0' + fd % 10);
    while ((fd /= 10) > 0);
    while (n > 0)
        *path++ = digits[--n];
    *path = '\0';
}

static uint64_t number_after(const char *line, const char *word, int base)
{
    const char *p = strstr(line, word);
    uint64_t value = 0;
    if (!p)
        return 0;
    for (p += strlen(word); *p == ' '; p++) {
    }
    for (;; p++) {
        int digit = *p >= '0' && *p <= '9' ? *p - '0' : *p >= 'a' && *p <= 'f' ? *p - 'a' + 10 : 99;
        if (digit >= base)
            return value;
        value = value * (uint64_t)base + (uint64_t)digit;
    }
}

/* One line of an epoll's fdinfo: "tfd:  5 events:  1d data:  5  pos:0 ino:.. sdev:.." (proc(5)). */
static void rearm_entry(int epoll_fd, int fd, const char *line)
{
    if ((int)number_after(line, "tfd:", 10) != fd)
        return;
    struct epoll_event event = {.events = (uint32_t)number_after(line, "events:", 16)};
    event.data.u64 = number_after(line, "data:", 16);
    bool disarmed = (event.events & ~(EPOLLONESHOT | EPOLLET | EPOLLWAKEUP)) == 0;
    if (!(event.events & EPOLLET) || disarmed || event.events & EPOLLEXCLUSIVE)
        return;
    next_epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* Feeds the lines of the file to rearm_entry. false: it is not the fdinfo of an epoll. */
static bool rearm_in(int epoll_fd, int fd)
{
    char path[48], text[2048];
    size_t have = 0;
    bool is_epoll = false;
    fdinfo_path(path, epoll_fd);
    int info = open(path, O_RDONLY | O_CLOEXEC);
    if (info < 0)
        return false;
    for (ssize_t n; (n = next_read(info, text + have, sizeof text - 1 - have)) > 0;) {
        char *line = text, *end;
        have += (size_t)n;
        text[have] = '\0';
        for (; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            if (strncmp(line, "tfd:", 4) != 0)
                continue;
            is_epoll = true;
            rearm_entry(epoll_fd, fd, line);
        }
        have -= (size_t)(line - text);
        memmove(text, line, have);
        if (have == sizeof text - 1)
            break;
    }
    next_close(info);
    return is_epoll;
}

void rearm(const struct board_socket *socket, int fd, bool out)
{
    int saved = errno;
    if (socket && socket->protocol == IPPROTO_TCP && socket->type == SOCK_STREAM &&
        !socket_has(socket, SOCKET_LISTENING)) {
        rearm_tcp(fd, out);
    } else {
        for (int candidate = 0; candidate < descriptor_end(); candidate++)
            if (descriptor_get(candidate) == DESCRIPTOR_EPOLL)
                rearm_in(candidate, fd);
    }
    errno = saved;
}
