#include "harness/peer/address.h"

#include "shim/model/values.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const struct {
    const char *prefix;
    bool local;
    int type;
} kinds[] = {
    {"tcp:", false, SOCK_STREAM},
    {"udp:", false, SOCK_DGRAM},
    {"unix:", true, SOCK_STREAM},
    {"unix-dgram:", true, SOCK_DGRAM},
    {"unix-seqpacket:", true, SOCK_SEQPACKET},
};

static bool parse_port(const char *text, in_port_t *ret)
{
    uint64_t port;
    if (!parse_number(text, strlen(text), &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret = htons((uint16_t)port);
    return true;
}

/* [::1]:4000 */
static bool parse_in6(const char *text, struct peer_address *ret)
{
    char host[INET6_ADDRSTRLEN];
    const char *close = strchr(text, ']');
    size_t len = close != NULL ? (size_t)(close - text) - 1 : 0;
    if (len == 0 || len >= sizeof host || close[1] != ':')
        return false;
    memcpy(host, text + 1, len);
    host[len] = '\0';
    ret->to.in6.sin6_family = AF_INET6;
    ret->len = sizeof ret->to.in6;
    return inet_pton(AF_INET6, host, &ret->to.in6.sin6_addr) == 1 &&
           parse_port(close + 2, &ret->to.in6.sin6_port);
}

static bool parse_in(const char *text, struct peer_address *ret)
{
    char host[INET_ADDRSTRLEN] = "127.0.0.1";
    const char *colon = strchr(text, ':');
    if (colon != NULL) {
        size_t len = (size_t)(colon - text);
        if (len >= sizeof host)
            return false;
        memcpy(host, text, len);
        host[len] = '\0';
    }
    ret->to.in.sin_family = AF_INET;
    ret->len = sizeof ret->to.in;
    return inet_pton(AF_INET, host, &ret->to.in.sin_addr) == 1 &&
           parse_port(colon != NULL ? colon + 1 : text, &ret->to.in.sin_port);
}

/* An abstract name begins with a NUL and has none behind it; a path is stored with one. */
static bool parse_un(const char *text, struct peer_address *ret)
{
    size_t len = strlen(text);
    if (len < 1 + (*text == '@') || len >= sizeof ret->to.un.sun_path)
        return false;
    ret->to.un.sun_family = AF_UNIX;
    memcpy(ret->to.un.sun_path, text, len + 1);
    ret->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*text != '@'));
    if (*text == '@')
        ret->to.un.sun_path[0] = '\0';
    return true;
}

bool peer_address_parse(const char *text, struct peer_address *ret)
{
    bool local = false;
    *ret = (struct peer_address){.type = SOCK_STREAM};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(text, kinds[i].prefix, len) != 0)
            continue;
        text += len;
        local = kinds[i].local;
        ret->type = kinds[i].type;
        break;
    }
    if (local)
        return parse_un(text, ret);
    return *text == '[' ? parse_in6(text, ret) : parse_in(text, ret);
}
