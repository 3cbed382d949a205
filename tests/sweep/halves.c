/*
 * Header and body in two sends, ten times over: without an acknowledgement at once Nagle's algorithm holds
 * the body back until the peer's timer for delayed ones, 40 ms, goes off. How often it did is counted by the
 * kernel, for this network namespace. Exit status 1: it did.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXCHANGES = 10, HALF = 4 };

/* Two lines of /proc/net/netstat, names and numbers. */
static long delayed_acks(void)
{
    static char names[8192], numbers[8192];
    FILE *file = fopen("/proc/net/netstat", "re");
    long found = -1;
    if (file == NULL || fgets(names, sizeof names, file) == NULL ||
        fgets(numbers, sizeof numbers, file) == NULL)
        exit(2);
    fclose(file);
    char *at_name, *at_number, *number = strtok_r(numbers, " ", &at_number);
    for (char *name = strtok_r(names, " ", &at_name); name != NULL && number != NULL;
         name = strtok_r(NULL, " ", &at_name), number = strtok_r(NULL, " ", &at_number))
        if (strcmp(name, "DelayedACKs") == 0)
            found = atol(number);
    return found;
}

static void answer(int listener)
{
    char message[2 * HALF];
    int fd = accept(listener, NULL, NULL);
    for (int i = 0; i < EXCHANGES; i++)
        if (recv(fd, message, sizeof message, MSG_WAITALL) != sizeof message || send(fd, "ok", 2, 0) != 2)
            _exit(2);
    _exit(0);
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    char reply[2];
    int status = 0, listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, len) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) < 0)
        return 2;
    long before = delayed_acks();
    if (fork() == 0)
        answer(listener);
    if (before < 0 || connect(fd, (struct sockaddr *)&address, len) < 0)
        return 2;
    for (int i = 0; i < EXCHANGES; i++)
        if (send(fd, "head", HALF, 0) != HALF || send(fd, "body", HALF, 0) != HALF ||
            recv(fd, reply, sizeof reply, MSG_WAITALL) != sizeof reply)
            return 2;
    wait(&status);
    long more = delayed_acks() - before;
    printf("%ld delayed acknowledgements\n", more);
    return status != 0 ? 2 : more != 0;
}
