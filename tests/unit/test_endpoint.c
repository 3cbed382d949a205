/* Addresses: from the kernel's form, from text, compared, and back to text. */
#include "shim/model/endpoint.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

static struct endpoint parsed(const char *text)
{
    struct endpoint endpoint;
    cr_assert(endpoint_parse(text, strlen(text), &endpoint), "%s is an address", text);
    return endpoint;
}

static struct endpoint inet(const char *host, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct endpoint endpoint = {0};
    if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
        endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&in, sizeof in);
    else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1)
        endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&in6, sizeof in6);
    return endpoint;
}

/* As the kernel tells it: `len` bytes of the path, no more. */
static struct endpoint local(const char *path, size_t len)
{
    struct sockaddr_un un;
    struct endpoint endpoint;
    memset(&un, 0x5a, sizeof un); /* what lies behind the length is not part of the name */
    un.sun_family = AF_UNIX;
    memcpy(un.sun_path, path, len);
    endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&un,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    return endpoint;
}

static bool matches(const char *wanted, struct endpoint actual)
{
    struct endpoint rule = parsed(wanted);
    return endpoint_matches(&rule, &actual);
}

Test(endpoint, internet_addresses)
{
    cr_expect(matches("127.0.0.1:80", inet("127.0.0.1", 80)));
    cr_expect(matches("127.0.0.1", inet("127.0.0.1", 80)));
    cr_expect(matches(":80", inet("127.0.0.1", 80)));
    cr_expect(matches(":80", inet("::1", 80)));
    cr_expect(matches("[::1]:80", inet("::1", 80)));
    cr_expect(matches("[::1]", inet("::1", 8080)));
    cr_expect(matches("[0:0:0:0:0:0:0:1]", inet("::1", 8080)));
    cr_expect_not(matches("127.0.0.1:80", inet("127.0.0.1", 81)));
    cr_expect_not(matches("127.0.0.1:80", inet("127.0.0.2", 80)));
    cr_expect_not(matches(":80", inet("127.0.0.1", 8080)));
    cr_expect_not(matches("[::1]:80", inet("127.0.0.1", 80)));
    cr_expect_not(matches("[::1]", inet("::2", 80)));
}

Test(endpoint, a_mapped_address_is_the_ipv4_one)
{
    cr_expect(matches("127.0.0.1:80", inet("::ffff:127.0.0.1", 80)));
    cr_expect_not(matches("[::ffff:127.0.0.1]:80", inet("127.0.0.2", 80)));
}

Test(endpoint, unix_names)
{
    cr_expect(matches("unix:/tmp/x", local("/tmp/x", 6)));
    cr_expect(matches("unix:/tmp/x", local("/tmp/x\0", 7)),
              "the kernel counts the NUL, some programs do not");
    cr_expect(matches("unix:@name", local("\0name", 5)));
    cr_expect_not(matches("unix:/tmp/x", local("/tmp/y", 6)));
    cr_expect_not(matches("unix:name", local("\0name", 5)));
    cr_expect_not(matches("unix:@name", local("name", 4)));
    cr_expect_not(matches("unix:@name", local("\0name\0", 6)),
                  "in an abstract name a NUL is a byte like any other");
    cr_expect_not(matches("unix:/tmp/x", local("", 0)), "an unnamed socket has no name to match");
    cr_expect_not(matches("127.0.0.1", local("/tmp/x", 6)));
}

Test(endpoint, what_is_no_address)
{
    static const char *const wrong[] = {"",
                                        ":",
                                        ":0",
                                        ":65536",
                                        ":99999999999",
                                        ":8o",
                                        "localhost",
                                        "127.0.0.1:",
                                        "127.0.0.1:x",
                                        "127.0.0",
                                        "127.0.0.1 ",
                                        "::1",
                                        "[::1",
                                        "[::1]80",
                                        "[::1]:",
                                        "[]",
                                        "[127.0.0.1]",
                                        "unix:",
                                        "127.0.0.1:0",
                                        "[::1]:-1",
                                        "1.2.3.4:80:90",
                                        "256.1.1.1",
                                        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct endpoint endpoint = {.family = 77};
        cr_expect_not(endpoint_parse(wrong[i], strlen(wrong[i]), &endpoint), "'%s'", wrong[i]);
        cr_expect_eq(endpoint.family, 77, "'%s' wrote something", wrong[i]);
    }
}

Test(endpoint, only_so_many_bytes_are_read)
{
    struct endpoint endpoint;
    cr_assert(endpoint_parse("127.0.0.1:8099", 12, &endpoint));
    cr_expect_eq(endpoint.port, 80);
    cr_assert(endpoint_parse("unix:/ab", 7, &endpoint));
    cr_expect(
        endpoint_matches(&endpoint, &(struct endpoint){.family = AF_UNIX, .path_hash = endpoint.path_hash}));
    cr_expect(matches("unix:/a", (struct endpoint){.family = AF_UNIX, .path_hash = endpoint.path_hash}));
}

Test(endpoint, nothing_matches_the_unknown)
{
    struct endpoint wanted = parsed(":80");
    cr_expect_not(endpoint_matches(&wanted, NULL));
    cr_expect_not(endpoint_matches(&wanted, &(struct endpoint){.family = AF_UNSPEC, .port = 80}));
}

Test(endpoint, a_short_or_strange_sockaddr_is_unknown)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct endpoint endpoint = {.family = 77};
    endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&in, sizeof in - 1);
    cr_expect_eq(endpoint.family, AF_UNSPEC);
    endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&in, 1);
    cr_expect_eq(endpoint.family, AF_UNSPEC);
    endpoint_from_sockaddr(&endpoint, NULL, sizeof in);
    cr_expect_eq(endpoint.family, AF_UNSPEC);
    in.sin_family = AF_NETLINK;
    endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&in, sizeof in);
    cr_expect_eq(endpoint.family, AF_UNSPEC);
}

Test(endpoint, text)
{
    char text[64];
    struct endpoint none = {0}, v4 = inet("10.1.2.3", 8080), v6 = inet("fe80::1", 1), un = local("/x", 2);
    cr_expect_str_eq(endpoint_text(&none, text, sizeof text), "");
    cr_expect_str_eq(endpoint_text(&v4, text, sizeof text), "10.1.2.3:8080");
    cr_expect_str_eq(endpoint_text(&v6, text, sizeof text), "[fe80::1]:1");
    cr_expect_str_eq(endpoint_text(&un, text, sizeof text), "unix");
    cr_expect_str_eq(endpoint_text(&v4, text, 8), "10.1.2.", "it ends where the room does");
}
