#include "harness/quiet/sockdestroy.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* All but those that are merely bound (13): they are their processes', and stand in another, larger table. */
enum { STATES = (1 << 13) - 1 };

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

/* `to` is another socket than the one that is read: refusals come to it, and are not wanted. */
static bool destroy_listed(int fd, int to)
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
            destroy(to, NLMSG_DATA(message));
        }
    }
}

bool sockdestroy_all(void)
{
    static const unsigned char families[] = {AF_INET, AF_INET6};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    int to = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool told = fd >= 0 && to >= 0;
    for (size_t i = 0; told && i < sizeof families; i++) {
        struct inet_diag_req_v2 all = {
            .sdiag_family = families[i], .sdiag_protocol = IPPROTO_TCP, .idiag_states = STATES};
        told = send_request(fd, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all) && destroy_listed(fd, to);
    }
    if (fd >= 0)
        close(fd);
    if (to >= 0)
        close(to);
    return told;
}
