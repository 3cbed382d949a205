/* The names libc has for the same functions besides, which some programs and libraries call. Run with
 * receive:short=1. */
#include "tests/shim/check.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

extern ssize_t __read(int fd, void *buf, size_t len);
extern ssize_t __write(int fd, const void *buf, size_t len);
extern ssize_t __send(int fd, const void *buf, size_t len, int flags);
extern int __connect(int fd, const struct sockaddr *addr, socklen_t len);
extern int __close(int fd);
extern int __poll(struct pollfd *fds, nfds_t count, int timeout);
extern int __dup2(int fd, int new_fd);
extern pid_t __fork(void);
extern int __fcntl(int fd, int command, ...);
extern ssize_t __pread64(int fd, void *buf, size_t len, off64_t offset);
extern ssize_t __pwrite64(int fd, const void *buf, size_t len, off64_t offset);

/* Each does what it is for. That it was seen, the trace says. */
static void all(void)
{
    int ends[2], file, client;
    char buf[8];
    struct iovec iov = {buf, 2};
    struct sockaddr_in name;
    char path[] = "/tmp/sockfault-XXXXXX";
    make_pair(SOCK_STREAM, ends);
    EXPECT(__write(ends[1], "abcd", 4), 4);
    EXPECT(__send(ends[1], "efgh", 4, 0), 4);
    EXPECT(__poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 0), 1);
    EXPECT(__read(ends[0], buf, 4), 1);
    EXPECT(__dup2(ends[0], 77), 77);
    EXPECT(read(77, buf, 4), 1);
    EXPECT(__fcntl(77, F_DUPFD, 78), 78);
    EXPECT(fcntl64(77, F_DUPFD_CLOEXEC, 79), 79);
    EXPECT(read(79, buf, 4), 1);
    EXPECT(__close(77), 0);
    int listener = make_listener(&name, 1);
    MUST(client = socket(AF_INET, SOCK_STREAM, 0));
    EXPECT(__connect(client, (struct sockaddr *)&name, sizeof name), 0);
    close(listener);
    MUST(file = mkstemp(path));
    MUST(unlink(path));
    EXPECT(pwrite64(file, "abcd", 4, 0), 4);
    EXPECT(__pwrite64(file, "efgh", 4, 4), 4);
    EXPECT(pread64(file, buf, 8, 0), 8);
    EXPECT(__pread64(file, buf, 4, 4), 4);
    EXPECT(preadv64(file, &iov, 1, 0), 2);
    EXPECT(pwritev64(file, &iov, 1, 0), 2);
    EXPECT(sendfile64(ends[1], file, &(off64_t){0}, 4), 4);
    pid_t pid = __fork();
    if (pid == 0) {
        EXPECT(read(ends[0], buf, 4), 1);
        end_child();
    }
    expect_child(pid);
}

CHECK_MAIN({"all", all})
