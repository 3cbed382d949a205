/*
 * Exchanges of one byte, each with a receive timeout of five seconds, while the processors are busy with
 * other things. Nobody ever waits for time: the clock must not be advanced, and no receive may time out.
 * pingpong server|client PORT [EXCHANGES]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The kernel's clock: not by a function of libc's, any of which may be intercepted. */
static long long real_ns(void)
{
    struct timespec now;
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_clock_gettime), "D"((long)CLOCK_MONOTONIC), "S"(&now)
                     : "rcx", "r11", "memory");
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long program_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int meet(int is_server, const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (is_server) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, (const void *)address, sizeof *address) < 0 || listen(fd, 1) < 0)
            return -1;
        return accept(fd, NULL, NULL);
    }
    return connect(fd, (const void *)address, sizeof *address) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval five = {.tv_sec = 5};
    int is_server = argc > 1 && strcmp(argv[1], "server") == 0, exchanges = argc > 3 ? atoi(argv[3]) : 20000;
    char byte = 'x';
    if (argc < 3)
        return 2;
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    int fd = meet(is_server, &address);
    if (fd < 0)
        return 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &five, sizeof five);
    long long ahead = program_ns() - real_ns();
    for (int i = 0; i < exchanges; i++) {
        if (!is_server && send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
            return 1;
        if (recv(fd, &byte, 1, 0) != 1) {
            printf("exchange %d: nothing came\n", i);
            return 1;
        }
        if (is_server && send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
            return 1;
    }
    /* Reading both takes a moment; a jump would be of seconds. */
    long long jumped = (program_ns() - real_ns() - ahead) / 1000000000;
    printf("%d exchanges, the clock was advanced by %lld s\n", exchanges, jumped);
    return 0;
}
