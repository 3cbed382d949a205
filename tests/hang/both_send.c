/*
 * Two that send more than the other's buffers hold, before they read: the classic deadlock. Millions of bytes
 * stay unsent, and yet nothing will ever happen. both_send server|client PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MUCH = 64 << 20 };

static int meet(int is_server, const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (!is_server)
        return connect(fd, (const void *)address, sizeof *address) == 0 ? fd : -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const void *)address, sizeof *address) < 0 || listen(fd, 1) < 0)
        return -1;
    return accept(fd, NULL, NULL);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    static char much[MUCH];
    if (argc != 3)
        return 2;
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    int fd = meet(strcmp(argv[1], "server") == 0, &address);
    if (fd < 0)
        return 1;
    for (size_t sent = 0; sent < MUCH;) {
        ssize_t n = send(fd, much + sent, MUCH - sent, 0);
        if (n <= 0)
            return 1;
        sent += (size_t)n;
    }
    puts("sent");
    return 0;
}
