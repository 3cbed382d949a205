#include "harness/run/start/listening.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A bound socket of that type, its port in *ret_port. */
static int bound(int family, int type, uint16_t *ret_port)
{
    struct sockaddr_in6 address = {.sin6_family = (sa_family_t)family};
    socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof address;
    int fd = socket(family, type, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    *ret_port = ntohs(address.sin6_port); /* stands at the same place in both */
    return fd;
}

Test(listening, is_seen_on_its_port_only)
{
    uint16_t port, other;
    int fd = bound(AF_INET, SOCK_STREAM, &port);
    other = (uint16_t)(port ^ 1);
    cr_expect_not(kernel_listens(getpid(), &port, 1), "bound is not listening");
    cr_assert_eq(listen(fd, 1), 0);
    cr_expect(kernel_listens(getpid(), &port, 1));
    cr_expect(kernel_listens(getpid(), NULL, 0));
    cr_expect_not(kernel_listens(getpid(), &other, 1));
    close(fd);
    cr_expect_not(kernel_listens(getpid(), &port, 1));
}

Test(listening, a_bound_datagram_socket_counts)
{
    uint16_t port;
    int fd = bound(AF_INET, SOCK_DGRAM, &port);
    cr_expect(kernel_listens(getpid(), &port, 1));
    close(fd);
}

Test(listening, another_process_on_that_port_does_not_count)
{
    uint16_t port;
    int fd = bound(AF_INET, SOCK_STREAM, &port), status;
    cr_assert_eq(listen(fd, 1), 0);
    pid_t child = fork();
    if (child == 0) {
        close(fd);
        _exit(kernel_listens(getpid(), &port, 1) ? 1 : 0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    close(fd);
}
