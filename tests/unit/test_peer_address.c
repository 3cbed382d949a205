/* Addresses of scripted peers. */
#include "harness/peer/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* "TYPE HOST PORT" of what was parsed; "none" when it was not. */
static const char *parsed(const char *text)
{
    static char shown[200];
    char host[INET6_ADDRSTRLEN] = "?";
    struct peer_address a;
    if (!peer_address_parse(text, &a))
        return "none";
    const char *type = a.type == SOCK_STREAM ? "stream" : a.type == SOCK_DGRAM ? "dgram" : "seqpacket";
    bool six = a.to.any.sa_family == AF_INET6;
    inet_ntop(a.to.any.sa_family, six ? (void *)&a.to.in6.sin6_addr : (void *)&a.to.in.sin_addr, host,
              sizeof host);
    snprintf(shown, sizeof shown, "%s %s %u", type, host, ntohs(six ? a.to.in6.sin6_port : a.to.in.sin_port));
    return shown;
}

Test(peer_address, a_port_alone_is_on_loopback)
{
    cr_expect_str_eq(parsed("4000"), "stream 127.0.0.1 4000");
    cr_expect_str_eq(parsed("tcp:1"), "stream 127.0.0.1 1");
    cr_expect_str_eq(parsed("udp:65535"), "dgram 127.0.0.1 65535");
}

Test(peer_address, a_host_comes_before_its_port)
{
    cr_expect_str_eq(parsed("10.0.0.1:80"), "stream 10.0.0.1 80");
    cr_expect_str_eq(parsed("udp:0.0.0.0:53"), "dgram 0.0.0.0 53");
    cr_expect_str_eq(parsed("[::1]:80"), "stream ::1 80");
    cr_expect_str_eq(parsed("udp:[fe80::1]:80"), "dgram fe80::1 80");
}

Test(peer_address, what_is_none)
{
    static const char *const wrong[] = {
        "",        "0",       "65536", "x",       ":80",      "1.2.3:80",     "a.b:80",
        "[::1]",   "[::1]80", "[]:80", "::1:80",  "udp:",     "unix:",        "unix:@",
        "sctp:80", "4000 ",   "-1",    "[::1:80", "1.2.3.4:", "1.2.3.4.5:80", "[1.2.3.4]:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_str_eq(parsed(wrong[i]), "none", "%s", wrong[i]);
}

Test(peer_address, a_path_ends_with_its_nul_and_an_abstract_name_does_not)
{
    struct peer_address a;
    cr_assert(peer_address_parse("unix:abc", &a));
    cr_expect_eq(a.type, SOCK_STREAM);
    cr_expect_str_eq(a.to.un.sun_path, "abc");
    cr_expect_eq(a.len, offsetof(struct sockaddr_un, sun_path) + 4);
    cr_assert(peer_address_parse("unix-dgram:@abc", &a));
    cr_expect_eq(a.type, SOCK_DGRAM);
    cr_expect_eq(memcmp(a.to.un.sun_path, "\0abc", 4), 0);
    cr_expect_eq(a.len, offsetof(struct sockaddr_un, sun_path) + 4);
    cr_assert(peer_address_parse("unix-seqpacket:./s", &a));
    cr_expect_eq(a.type, SOCK_SEQPACKET);
}

Test(peer_address, a_path_has_at_most_107_bytes)
{
    struct peer_address a;
    char text[200];
    snprintf(text, sizeof text, "unix:%0107d", 0);
    cr_expect(peer_address_parse(text, &a));
    snprintf(text, sizeof text, "unix:%0108d", 0);
    cr_expect_not(peer_address_parse(text, &a));
}
