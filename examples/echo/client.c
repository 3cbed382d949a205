/* An echo client as a beginner writes it: client PORT MESSAGE. It works, on a good day. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char line[1024], reply[1024];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (argc != 3) {
        fprintf(stderr, "usage: client PORT MESSAGE\n");
        return 2;
    }
    server.sin_port = htons((unsigned short)atoi(argv[1]));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    snprintf(line, sizeof line, "%s\n", argv[2]);
    if (write(fd, line, strlen(line)) < 0) {
        perror("write");
        return 1;
    }
    ssize_t n = read(fd, reply, sizeof reply - 1); /* one read is not one line */
    if (n < 0) {
        perror("read");
        return 1;
    }
    reply[n] = '\0';
    printf("%s", reply);
    close(fd);
    return 0;
}
