/* ICMP errors of our own making, as a router would send them. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_ICMP_H
#define SOCKFAULT_TESTS_CONFORMANCE_ICMP_H

#include "tests/conformance/twin.h"

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

enum { ICMP_QUOTED = 64 };

static int icmp_open(int protocol)
{
    int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (raw < 0)
        twin_skip("no raw sockets here");
    return raw;
}

static uint16_t icmp_sum(const void *data, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i += 2) {
        uint16_t word;
        memcpy(&word, (const char *)data + i, 2);
        sum += word;
    }
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Destination unreachable, to the sender of the packet that begins with those bytes (an even number). */
__attribute__((unused)) static void icmp_unreachable(uint8_t code, const void *packet, size_t len)
{
    struct {
        struct icmphdr icmp;
        union {
            struct iphdr ip;
            unsigned char bytes[ICMP_QUOTED];
        };
    } error = {.icmp = {.type = ICMP_DEST_UNREACH, .code = code}};
    struct sockaddr_in to = {.sin_family = AF_INET};
    int raw = icmp_open(IPPROTO_ICMP);
    if (len > ICMP_QUOTED)
        len = ICMP_QUOTED;
    memcpy(error.bytes, packet, len);
    to.sin_addr.s_addr = error.ip.saddr;
    error.icmp.checksum = icmp_sum(&error, sizeof error.icmp + len);
    MUST(sendto(raw, &error, sizeof error.icmp + len, 0, (struct sockaddr *)&to, sizeof to));
    close(raw);
}

#endif
