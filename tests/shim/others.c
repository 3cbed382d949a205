/* What is no socket is no business of the shim's; and what it cannot see it must leave whole. */
#include "tests/shim/check.h"

#include <netdb.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

static const char text[] = "0123456789";

static void moves_whole(int in, int out)
{
    char buf[16];
    struct iovec iov = {buf, sizeof buf};
    EXPECT(write(out, text, 10), 10);
    EXPECT(read(in, buf, sizeof buf), 10);
    EXPECT(writev(out, &(struct iovec){(char *)text, 10}, 1), 10);
    EXPECT(readv(in, &iov, 1), 10);
}

/* receive,send:short=1;receive,send:reset...: rules for sockets, on everything else that is read and written
 */
static void files(void)
{
    int pipes[2], event, timer, epipe[2];
    uint64_t value = 3;
    char buf[16], name[] = "/tmp/sockfault-XXXXXX";
    MUST(pipe(pipes));
    moves_whole(pipes[0], pipes[1]);
    MUST(event = eventfd(0, 0));
    EXPECT(write(event, &value, sizeof value), sizeof value);
    EXPECT(read(event, &value, sizeof value), sizeof value);
    EXPECT(value, 3);
    MUST(timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    EXPECT_ERROR(read(timer, &value, sizeof value), EAGAIN);
    int file = mkstemp(name);
    MUST(file);
    MUST(unlink(name));
    EXPECT(write(file, text, 10), 10);
    EXPECT(pwrite(file, text, 10, 5), 10);
    EXPECT(pread(file, buf, sizeof buf, 0), 15);
    EXPECT(lseek(file, 0, SEEK_SET), 0);
    EXPECT(read(file, buf, sizeof buf), 15);
    EXPECT(read(file, buf, sizeof buf), 0);
    MUST(pipe(epipe));
    close(epipe[0]);
    signal(SIGPIPE, SIG_IGN);
    EXPECT_ERROR(write(epipe[1], text, 10), EPIPE);
}

/* recv,read,receive:short=1: stdio reads a socket inside libc, where nobody sees it */
static void stdio(void)
{
    int ends[2];
    char line[32] = "";
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "a whole line\nmore", 17, 0));
    FILE *stream = fdopen(ends[0], "r");
    CHECK(stream && fgets(line, sizeof line, stream), "no line");
    CHECK(strcmp(line, "a whole line\n") == 0, "got '%s'", line);
    CHECK(recv(ends[0], line, sizeof line, MSG_DONTWAIT) < 0,
          "stdio had not read all that was there at once");
    fclose(stream);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* resolve:delay=50ms: five calls, each late and each with its answer */
static void resolver(void)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_flags = AI_NUMERICHOST}, *found = NULL;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hostent entry, *result = NULL;
    char host[256], buf[1024];
    int h_error;
    int64_t start = now_ms();
    EXPECT(getaddrinfo("127.0.0.1", "80", &hints, &found), 0);
    CHECK(found && found->ai_addrlen == sizeof name, "no address");
    freeaddrinfo(found);
    EXPECT(getnameinfo((struct sockaddr *)&name, sizeof name, host, sizeof host, NULL, 0, NI_NUMERICHOST), 0);
    CHECK(strcmp(host, "127.0.0.1") == 0, "got '%s'", host);
    CHECK(gethostbyname("127.0.0.1"), "no host");
    CHECK(gethostbyname2("127.0.0.1", AF_INET), "no host");
    EXPECT(gethostbyname_r("127.0.0.1", &entry, buf, sizeof buf, &result, &h_error), 0);
    CHECK(result == &entry && result->h_length == 4, "no host");
    CHECK(now_ms() - start >= 250, "five times 50 ms took %ld ms", (long)(now_ms() - start));
    EXPECT(getaddrinfo("not an address", "80", &hints, &found), EAI_NONAME);
}

/* A delay is at least what was asked for, signals or not, and the call then made is the call that was asked
 * for. */
static void delays(void)
{
    int ends[2];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "abc", 3, 0));
    signal(SIGALRM, SIG_IGN);
    int64_t start = now_ms();
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 3);
    int64_t took = now_ms() - start;
    CHECK(took >= 60 && took < 5000, "60 ms took %ld ms", (long)took);
}

CHECK_MAIN({"files", files}, {"stdio", stdio}, {"resolver", resolver}, {"delays", delays})
