/*
 * Built as distributions build: with sizes the compiler cannot know, read becomes __read_chk and so on.
 * run.sh looks with nm that it really did. Run with receive:short=1 and wait:delay=1ms.
 */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 2
#include "tests/shim/check.h"

#include <time.h>

static int ends[2];
static volatile size_t length = 4;

static void cut(void)
{
    char buf[8], three[3];
    struct pollfd fds[2] = {{.events = POLLIN}};
    struct timespec now = {0};
    volatile nfds_t one = 1;
    make_pair(SOCK_STREAM, ends);
    fds[0].fd = ends[0];
    MUST(send(ends[1], "0123456789", 10, 0));
    EXPECT(poll(fds, one, 0), 1);
    EXPECT(ppoll(fds, one, &now, NULL), 1);
    EXPECT(read(ends[0], buf, length), 1);
    EXPECT(recv(ends[0], buf, length, 0), 1);
    EXPECT(recvfrom(ends[0], buf, length, 0, NULL, NULL), 1);
    EXPECT(recv(ends[0], three, length - 1, 0), 1);
    CHECK(three[0] == '3', "got '%c'", three[0]);
    int file = open("/proc/self/exe", O_RDONLY);
    EXPECT(pread(file, buf, length, 1), 4);
    CHECK(memcmp(buf, "ELF", 3) == 0, "read something else");
}

/* More asked than there is room for: abort, as without the shim, before anything is read. */
static void overflow(void)
{
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "0123456789", 10, 0));
    length = 9;
    recv(ends[0], buf, length, 0);
    CHECK(false, "the overflow went by");
}

CHECK_MAIN({"cut", cut}, {"overflow", overflow})
