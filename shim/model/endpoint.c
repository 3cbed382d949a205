#include "shim/model/endpoint.h"
#include "shim/model/hash.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static void from_inet6(struct endpoint *endpoint, const struct sockaddr_in6 *in6)
{
    endpoint->port = ntohs(in6->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        endpoint->family = AF_INET;
        memcpy(endpoint->ip, &in6->sin6_addr.s6_addr[12], 4);
        return;
    }
    endpoint->family = AF_INET6;
    memcpy(endpoint->ip, &in6->sin6_addr, 16);
}

/* A path ends at its NUL; an abstract name is all of its bytes, here without the NUL in front but with '@'
 * for it. */
static uint64_t path_hash(const char *path, size_t len, bool abstract)
{
    return draw(abstract, hash_bytes(path, len), 0, 0, 0, 0);
}

static void from_unix(struct endpoint *endpoint, const struct sockaddr_un *un, socklen_t len)
{
    size_t room = len - offsetof(struct sockaddr_un, sun_path);
    endpoint->family = AF_UNIX;
    if (room == 0)
        return;
    if (un->sun_path[0] == '\0')
        endpoint->path_hash = path_hash(un->sun_path + 1, room - 1, true);
    else
        endpoint->path_hash = path_hash(un->sun_path, strnlen(un->sun_path, room), false);
}

void endpoint_from_sockaddr(struct endpoint *endpoint, const struct sockaddr *addr, socklen_t len)
{
    memset(endpoint, 0, sizeof *endpoint);
    if (!addr || len < sizeof(sa_family_t))
        return;
    if (addr->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
        endpoint->family = AF_INET;
        endpoint->port = ntohs(in->sin_port);
        memcpy(endpoint->ip, &in->sin_addr, 4);
    } else if (addr->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
        from_inet6(endpoint, (const struct sockaddr_in6 *)addr);
    } else if (addr->sa_family == AF_UNIX) {
        from_unix(endpoint, (const struct sockaddr_un *)addr, len);
    }
}

static bool parse_port(const char *text, size_t len, uint16_t *ret)
{
    unsigned int port = 0;
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (unsigned int)(text[i] - '0');
    }
    if (port == 0 || port > 65535)
        return false;
    *ret = (uint16_t)port;
    return true;
}

static bool parse_ip(int family, const char *text, size_t len, unsigned char *ip)
{
    char host[INET6_ADDRSTRLEN];
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    return inet_pton(family, host, ip) == 1;
}

static bool parse_unix(struct endpoint *endpoint, const char *path, size_t len)
{
    endpoint->family = AF_UNIX;
    if (len == 0)
        return false;
    endpoint->path_hash = path[0] == '@' ? path_hash(path + 1, len - 1, true) : path_hash(path, len, false);
    return true;
}

bool endpoint_parse(const char *text, size_t len, struct endpoint *ret)
{
    struct endpoint endpoint = {0};
    if (len > 5 && memcmp(text, "unix:", 5) == 0) {
        if (!parse_unix(&endpoint, text + 5, len - 5))
            return false;
        *ret = endpoint;
        return true;
    }
    const char *host = text, *end = text + len, *rest;
    if (len > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (!close || !parse_ip(AF_INET6, text + 1, (size_t)(close - text - 1), endpoint.ip))
            return false;
        endpoint.family = AF_INET6;
        rest = close + 1;
    } else {
        rest = memchr(text, ':', len);
        rest = rest ? rest : end;
        endpoint.family = rest > host ? AF_INET : AF_UNSPEC;
        if (rest > host && !parse_ip(AF_INET, host, (size_t)(rest - host), endpoint.ip))
            return false;
    }
    if (rest == end ? len == 0
                    : *rest != ':' || !parse_port(rest + 1, (size_t)(end - rest - 1), &endpoint.port))
        return false;
    *ret = endpoint;
    return true;
}

bool endpoint_matches(const struct endpoint *wanted, const struct endpoint *actual)
{
    if (!actual || actual->family == AF_UNSPEC)
        return false;
    if (wanted->port && wanted->port != actual->port)
        return false;
    if (wanted->family == AF_UNSPEC)
        return true;
    if (wanted->family != actual->family)
        return false;
    if (wanted->family == AF_UNIX)
        return wanted->path_hash == actual->path_hash;
    return memcmp(wanted->ip, actual->ip, wanted->family == AF_INET ? 4 : 16) == 0;
}

char *endpoint_text(const struct endpoint *endpoint, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (endpoint->family == AF_INET || endpoint->family == AF_INET6)
        inet_ntop(endpoint->family, endpoint->ip, host, sizeof host);
    if (endpoint->family == AF_INET)
        snprintf(text, size, "%s:%u", host, endpoint->port);
    else if (endpoint->family == AF_INET6)
        snprintf(text, size, "[%s]:%u", host, endpoint->port);
    else if (endpoint->family == AF_UNIX)
        snprintf(text, size, "unix");
    else if (endpoint->port) /* of a rule: any address */
        snprintf(text, size, ":%u", endpoint->port);
    else
        snprintf(text, size, "%s", "");
    return text;
}
