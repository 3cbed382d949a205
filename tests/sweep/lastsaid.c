/*
 * A server that sends back what it receives, one client after the other, without a timeout. `late`: it looks
 * for more only some time later, when who has nothing more to say has closed. `deaf`: it takes the end of one
 * for nothing, and asks again and again; nobody else is served any more.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void serve(int client, bool deaf)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(client, bytes, sizeof bytes, 0)) > 0 || (deaf && n == 0)) {
        if (n > 0 && send(client, bytes, (size_t)n, MSG_NOSIGNAL) != n)
            return;
        if (!deaf)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), client;
    if (argc != 3)
        return 2;
    at.sin_port = htons((in_port_t)atoi(argv[1]));
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 8) < 0)
        return 1;
    while ((client = accept(listener, NULL, NULL)) >= 0) {
        serve(client, strcmp(argv[2], "deaf") == 0);
        close(client);
    }
    return 1;
}
