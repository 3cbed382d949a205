#include "reference/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static const char *resolve_internet(const struct options *o, struct address *ret_address)
{
    struct addrinfo hints = {.ai_family = o->domain, .ai_socktype = o->type, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    int error = getaddrinfo(o->host, o->port, &hints, &found);

    if (error != 0) /* not an errno, but for EAI_SYSTEM */
        return error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
    memcpy(&ret_address->room, found->ai_addr, found->ai_addrlen);
    ret_address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return NULL;
}

static const char *resolve_unix(const struct options *o, struct address *ret_address)
{
    struct sockaddr_un *un = &ret_address->un;
    size_t length = strlen(o->path);

    if (length == 0 || length >= sizeof un->sun_path)
        return "a name must have from 1 to 107 bytes";
    /* A path ends with a zero byte, an abstract name begins with one: the length is the same. */
    *un = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(un->sun_path + (o->abstract ? 1 : 0), o->path, length);
    ret_address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return NULL;
}

const char *address_resolve(const struct options *o, struct address *ret_address)
{
    return o->domain == AF_UNIX ? resolve_unix(o, ret_address) : resolve_internet(o, ret_address);
}

void address_text(const struct address *a, char ret_text[ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN];

    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof host);
        snprintf(ret_text, ADDRESS_TEXT, "%s:%u", host, ntohs(a->in.sin_port));
    } else if (a->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof host);
        snprintf(ret_text, ADDRESS_TEXT, "[%s]:%u", host, ntohs(a->in6.sin6_port));
    } else {
        /* The length says how much of sun_path there is: nothing for a client that did not bind. */
        int length = (int)a->length - (int)offsetof(struct sockaddr_un, sun_path);
        bool abstract = length > 0 && a->un.sun_path[0] == '\0';
        snprintf(ret_text, ADDRESS_TEXT, "unix:%s%.*s", abstract ? "@" : "",
                 length > 0 ? length - abstract : 0, a->un.sun_path + abstract);
    }
}
