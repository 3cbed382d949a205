/*
 * A way between two sockets that this program itself is the router of: a TUN device (Linux
 * Documentation/networking/tuntap.rst) in a network of its own. Who sends to 10.2.0.9 (or fd02::9) is
 * answered by itself: the packet comes back with the two addresses exchanged, ports and checksum as they
 * were. What befalls packets on their way befalls them here, when the program says so, and nowhere else.
 */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_WAYS_H
#define SOCKFAULT_TESTS_CONFORMANCE_WAYS_H

#include "tests/conformance/before.h"
#include "tests/conformance/machine.h"

#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>

enum { WAY_PACKET = 2048, WAY_HELD = 4 };
#define WAY_HERE   "10.2.0.1"
#define WAY_THERE  "10.2.0.9"
#define WAY_HERE6  "fd02::1"
#define WAY_THERE6 "fd02::9"

enum way_fate { WAY_PASSES, WAY_LOST, WAY_CLOSED, WAY_DOUBLED, WAY_OVERTAKEN, WAY_DAMAGED };

struct way_packet {
    unsigned char bytes[WAY_PACKET];
    size_t len;
};

struct way {
    int tun;
    uint16_t to_port;   /* network order: what befalls packets befalls those to this one */
    enum way_fate fate; /* of the `nth` of them, from 1; WAY_CLOSED: of all */
    int nth, seen;
    size_t damage; /* WAY_DAMAGED: so many bytes, all their bits */
    bool heralded; /* WAY_OVERTAKEN: a damaged copy of it goes ahead */
    int behind;    /* WAY_OVERTAKEN: so many others come first */
    struct way_packet held;
};

/* UDP or TCP, whose ports stand in the same place; 0: neither. In network order. */
static uint16_t way_port(const struct way_packet *packet)
{
    bool ip6 = packet->bytes[0] >> 4 == 6;
    size_t header = ip6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
    int protocol = ip6 ? packet->bytes[6] : packet->bytes[9];
    uint16_t port = 0;
    if ((protocol == IPPROTO_UDP || protocol == IPPROTO_TCP) && packet->len >= header + sizeof(struct udphdr))
        memcpy(&port, packet->bytes + header + 2, sizeof port);
    return port;
}

static void way_turn_round(struct way_packet *packet)
{
    bool ip6 = packet->bytes[0] >> 4 == 6;
    size_t size = ip6 ? 16 : 4, at = ip6 ? 8 : 12;
    unsigned char from[16];
    memcpy(from, packet->bytes + at, size);
    memcpy(packet->bytes + at, packet->bytes + at + size, size);
    memcpy(packet->bytes + at + size, from, size);
}

static void way_deliver(const struct way *way, const struct way_packet *packet)
{
    MUST(write(way->tun, packet->bytes, packet->len));
}

static void way_damage(const struct way *way, struct way_packet *packet)
{
    for (size_t i = 1; i <= way->damage; i++)
        packet->bytes[packet->len - i] ^= 0xff;
}

static void way_hold(struct way *way, const struct way_packet *packet)
{
    struct way_packet herald = *packet;
    way->held = *packet;
    if (!way->heralded)
        return;
    way_damage(way, &herald);
    way_deliver(way, &herald);
}

/* One of those that are meant. */
static void way_meet(struct way *way, struct way_packet *packet)
{
    bool it = ++way->seen == way->nth;
    if (way->fate == WAY_CLOSED || (it && way->fate == WAY_LOST))
        return;
    if (it && way->fate == WAY_OVERTAKEN) {
        way_hold(way, packet);
        return;
    }
    if (it && way->fate == WAY_DAMAGED)
        way_damage(way, packet);
    way_deliver(way, packet);
    if (it && way->fate == WAY_DOUBLED)
        way_deliver(way, packet);
    if (way->held.len > 0 && --way->behind == 0) {
        way_deliver(way, &way->held);
        way->held.len = 0;
    }
}

/* Whatever was sent arrives, or does not. It is there when this returns. */
static void way_carry(struct way *way)
{
    struct way_packet packet;
    for (ssize_t n; (n = read(way->tun, packet.bytes, sizeof packet.bytes)) > 0;) {
        packet.len = (size_t)n;
        uint16_t port = way_port(&packet);
        if (port == 0)
            continue;
        way_turn_round(&packet);
        if (port == way->to_port)
            way_meet(way, &packet);
        else
            way_deliver(way, &packet);
    }
}

/* An address at one end of the way: here, or there. VARIANT: tcp4, udp6 ...; mapped: IPv4 by an IPv6 socket.
 */
static socklen_t way_address(struct sockaddr_storage *ret, const char *variant, bool here, in_port_t port)
{
    struct sockaddr_in *in = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
    bool mapped = strcmp(variant, "mapped") == 0;
    const char *ip6 = mapped ? (here ? "::ffff:" WAY_HERE : "::ffff:" WAY_THERE)
                      : here ? WAY_HERE6
                             : WAY_THERE6;
    *ret = (struct sockaddr_storage){0};
    if (variant[3] == '4') {
        in->sin_family = AF_INET;
        in->sin_port = port;
        inet_pton(AF_INET, here ? WAY_HERE : WAY_THERE, &in->sin_addr);
        return sizeof *in;
    }
    in6->sin6_family = AF_INET6;
    in6->sin6_port = port;
    inet_pton(AF_INET6, ip6, &in6->sin6_addr);
    return sizeof *in6;
}

/* Binds to this end, as soon as the kernel has taken note of its address; returns the port. */
static in_port_t way_bind(const char *variant, int fd)
{
    struct sockaddr_storage name;
    socklen_t len = way_address(&name, variant, true, 0);
    int bound = -1;
    for (int i = 0; i < CHECK_DEADLINE_MS && bound < 0; i++) {
        bound = bind(fd, (struct sockaddr *)&name, len);
        if (bound < 0 && errno == EADDRNOTAVAIL)
            poll(NULL, 0, 1);
    }
    MUST(bound);
    MUST(getsockname(fd, (struct sockaddr *)&name, &len));
    return ((struct sockaddr_in *)&name)->sin_port; /* in the same place in both */
}

/*
 * Waits until what is sent comes back. An interface that is up still throws everything away, unseen, until
 * the kernel has taken note of its carrier, which it does when it finds the time; and an IPv6 address can be
 * bound to a moment before there is a route to it, while packets for it are thrown away as somebody else's.
 */
static void way_wait(struct way *way, const char *variant)
{
    struct sockaddr_storage there;
    struct pollfd back = {.events = POLLIN};
    MUST(back.fd = socket(variant[3] == '4' ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    socklen_t len = way_address(&there, variant, false, way_bind(variant, back.fd));
    for (int i = 0; i < CHECK_DEADLINE_MS && !back.revents; i++) {
        sendto(back.fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&there, len);
        way_carry(way);
        poll(&back, 1, 1);
    }
    CHECK(back.revents == POLLIN, "nothing comes back");
    close(back.fd);
}

static void way_open(struct way *way)
{
    struct ifreq request = {.ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI};
    twin_own_network();
    *way = (struct way){.tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (way->tun < 0 || ioctl(way->tun, TUNSETIFF, &request) < 0)
        twin_skip("no TUN device here");
    machine_ip("address add " WAY_HERE "/24 dev tun0");
    machine_ip("address add " WAY_HERE6 "/64 dev tun0 nodad");
    machine_ip("link set tun0 up");
    way_wait(way, "udp4");
    way_wait(way, "udp6");
}

#endif
