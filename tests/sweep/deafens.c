/*
 * A server that sends back what it receives, one client after the other, and takes the end of one for
 * nothing: it asks again and again. Nobody else is served any more.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), client;
    if (argc != 2)
        return 2;
    at.sin_port = htons((in_port_t)atoi(argv[1]));
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 8) < 0)
        return 1;
    while ((client = accept(listener, NULL, NULL)) >= 0) {
        char bytes[4096];
        ssize_t n;
        while ((n = recv(client, bytes, sizeof bytes, 0)) >= 0)
            if (n > 0 && send(client, bytes, (size_t)n, MSG_NOSIGNAL) != n)
                break;
        close(client);
    }
    return 1;
}
