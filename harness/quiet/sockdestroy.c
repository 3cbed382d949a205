#include "harness/quiet/sockdestroy.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* All but those that are merely bound (13): they are their processes', and stand in another, larger table. */
enum { STATES = (1 << 13) - 1 };

/* Those that a connection is in once its process has closed it: tcp_states.h. */
enum {
    CLOSED_STATES =
        1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2 | 1 << TCP_TIME_WAIT | 1 << TCP_LAST_ACK | 1 << TCP_CLOSING
};

struct request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 of;
};

static bool send_request(int fd, int type, int flags, const struct inet_diag_req_v2 *of)
{
    struct request request = {.header = {.nlmsg_len = sizeof request,
                                         .nlmsg_type = (unsigned short)type,
                                         .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags)},
                              .of = *of};
    return send(fd, &request, sizeof request, 0) == (ssize_t)sizeof request;
}

/* The answer is not waited for: who wants to know looks again. */
static void destroy(int fd, const struct inet_diag_msg *one)
{
    struct inet_diag_req_v2 of = {.sdiag_family = one->idiag_family,
                                  .sdiag_protocol = IPPROTO_TCP,
                                  .idiag_states = STATES,
                                  .id = one->id};
    if (!send_request(fd, SOCK_DESTROY, 0, &of))
        return;
}

/* `to` is another socket than the one that is read: refusals come to it, and are not wanted. What a process
 * has got a descriptor of is spared. */
static bool destroy_listed(int fd, int to, bool spare_owned)
{
    _Alignas(struct nlmsghdr) char buffer[16384];
    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0)
            return false;
        size_t left = (size_t)got;
        for (const struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE)
                return true;
            if (message->nlmsg_type == NLMSG_ERROR)
                return false;
            const struct inet_diag_msg *one = NLMSG_DATA(message);
            if (!spare_owned || one->idiag_inode == 0)
                destroy(to, one);
        }
    }
}

static bool destroy_in(uint32_t states, bool spare_owned)
{
    static const unsigned char families[] = {AF_INET, AF_INET6};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    int to = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool told = fd >= 0 && to >= 0;
    for (size_t i = 0; told && i < sizeof families; i++) {
        struct inet_diag_req_v2 all = {
            .sdiag_family = families[i], .sdiag_protocol = IPPROTO_TCP, .idiag_states = states};
        told = send_request(fd, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all) && destroy_listed(fd, to, spare_owned);
    }
    if (fd >= 0)
        close(fd);
    if (to >= 0)
        close(to);
    return told;
}

bool sockdestroy_all(void)
{
    return destroy_in(STATES, false);
}

bool sockdestroy_closed(void)
{
    return destroy_in(CLOSED_STATES, true);
}
