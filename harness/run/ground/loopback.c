#include "harness/run/ground/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool loopback_up(struct diag *diag)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        diag_set(diag, STATUS_TROUBLE, "socket: %s", strerror(errno));
        return false;
    }
    struct ifreq request = {.ifr_name = "lo"};
    bool up = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (!up)
        diag_set(diag, STATUS_TROUBLE, "lo cannot be brought up: %s", strerror(errno));
    close(fd);
    return up;
}

struct route_request {
    struct nlmsghdr header;
    struct rtmsg route;
    char attributes[128];
};

/* rtnetlink(7): appends an attribute. */
static struct rtattr *attribute(struct route_request *request, unsigned short type, const void *data,
                                size_t len)
{
    struct rtattr *added = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    added->rta_type = type;
    added->rta_len = (unsigned short)RTA_LENGTH(len);
    if (len)
        memcpy(RTA_DATA(added), data, len);
    request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(added->rta_len);
    return added;
}

static void quick_route(int fd, unsigned char family, const void *address, size_t len)
{
    struct route_request request = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof request.route),
                   .nlmsg_type = RTM_NEWROUTE,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE},
        .route = {.rtm_family = family,
                  .rtm_dst_len = (unsigned char)(8 * len),
                  .rtm_table = RT_TABLE_LOCAL,
                  .rtm_protocol = RTPROT_KERNEL,
                  .rtm_scope = RT_SCOPE_HOST,
                  .rtm_type = RTN_LOCAL},
    };
    unsigned int device = if_nametoindex("lo"), on = 1;
    attribute(&request, RTA_DST, address, len);
    attribute(&request, RTA_OIF, &device, sizeof device);
    struct rtattr *metrics = attribute(&request, RTA_METRICS, NULL, 0);
    attribute(&request, RTAX_QUICKACK, &on, sizeof on);
    metrics->rta_len = (unsigned short)((char *)&request + request.header.nlmsg_len - (char *)metrics);
    if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
        return;
}

void loopback_quick(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return;
    struct in_addr ip4 = {htonl(INADDR_LOOPBACK)};
    quick_route(fd, AF_INET, &ip4, sizeof ip4);
    quick_route(fd, AF_INET6, &in6addr_loopback, sizeof in6addr_loopback);
    close(fd);
}
