/* Programs that close every descriptor, as daemons do, and then go on. The shim has none of its own to lose.
 */
#include "tests/shim/check.h"

#include <dirent.h>
#include <limits.h>

enum { MANY = 1024 };

/* How many descriptors are open, that of the look at them not counted. */
static int open_now(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -3; /* "." and ".." and the folder's own */
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

static void expect_cut(int type)
{
    int ends[2];
    char buf[4];
    make_pair(type, ends);
    MUST(send(ends[1], "1234", 4, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
    close_both(ends);
}

static void close_by(void (*close_all)(void))
{
    int ends[2];
    char buf[4];
    make_tcp(ends);
    MUST(send(ends[1], "1234", 4, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
    close_all();
    EXPECT(open_now(), 3);
    EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), EBADF);
    expect_cut(SOCK_STREAM);
}

static void each(void)
{
    for (int fd = 3; fd < MANY; fd++)
        close(fd);
}

static void range(void)
{
    EXPECT(close_range(3, UINT_MAX, 0), 0);
}

static void from(void)
{
    closefrom(3);
}

static void in_a_loop(void)
{
    close_by(each);
}

static void by_close_range(void)
{
    close_by(range);
}

static void by_closefrom(void)
{
    close_by(from);
}

/* Not closed, only marked: the socket is there as before. */
static void on_exec_only(void)
{
    int ends[2];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "1234", 4, 0));
    EXPECT(close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC), 0);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 1);
}

/* A daemon has /dev/null as 0, 1 and 2; there are no others, though every kind of call was made. */
static void none_of_our_own(void)
{
    int before = open_now();
    expect_cut(SOCK_STREAM);
    int ends[2];
    make_tcp(ends);
    CHECK(wait_for(ends[0], POLLOUT), "not writable");
    EXPECT(open_now(), before + 2);
    close_both(ends);
    EXPECT(open_now(), before);
}

/* A number that was a file and is a socket now, closed where nobody sees it: by fclose. */
static void number_used_again(void)
{
    int pair[2], ends[2], passed;
    char buf[64] = "";
    FILE *file = fopen("/proc/self/cmdline", "r");
    int number = file ? fileno(file) : -1;
    MUST(read(number, buf, 4));
    make_pair(SOCK_STREAM, ends);
    make_pair(SOCK_STREAM, pair);
    char control[CMSG_SPACE(sizeof(int))] = "";
    struct iovec iov = {buf, 1};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    *c = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &ends[0], sizeof(int));
    MUST(sendmsg(pair[0], &msg, 0));
    fclose(file);
    MUST(recvmsg(pair[1], &msg, 0));
    memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof passed);
    EXPECT(passed, number);
    MUST(send(ends[1], "1234", 4, 0));
    EXPECT(recv(passed, buf, 4, 0), 1);
}

CHECK_MAIN({"loop", in_a_loop}, {"close_range", by_close_range}, {"closefrom", by_closefrom},
           {"cloexec", on_exec_only}, {"none-of-our-own", none_of_our_own},
           {"number-used-again", number_used_again})
