/* High descriptor numbers: there is no limit but RLIMIT_NOFILE. Run with recv:short=1. Status 77: not allowed
 * here. */
#include "tests/shim/check.h"

#include <sys/resource.h>

static void use(int number)
{
    struct rlimit limit = {.rlim_cur = (rlim_t)number + 1, .rlim_max = (rlim_t)number + 1}, now;
    int ends[2];
    char buf[4];
    MUST(getrlimit(RLIMIT_NOFILE, &now));
    if (now.rlim_max > limit.rlim_max)
        limit.rlim_max = now.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
        printf("# RLIMIT_NOFILE cannot be raised to %d: %s\n", number + 1, strerror(errno));
        exit(77);
    }
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "0123456789", 10, 0));
    EXPECT(dup2(ends[0], number), number);
    EXPECT(recv(number, buf, sizeof buf, 0), 1);
    MUST(close(ends[0]));
    EXPECT(recv(number, buf, sizeof buf, 0), 1);
    EXPECT(fcntl(ends[1], F_DUPFD, number - 1), number - 1);
    MUST(send(number - 1, "x", 1, 0));
    MUST(close(number));
    EXPECT_ERROR(recv(number, buf, sizeof buf, 0), EBADF);
    MUST(close_range((unsigned int)number - 1, ~0U, 0));
    EXPECT_ERROR(send(number - 1, "x", 1, 0), EBADF);
}

/* As high as this process may go without asking for more. */
static void allowed(void)
{
    struct rlimit now;
    MUST(getrlimit(RLIMIT_NOFILE, &now));
    use(now.rlim_max > 1048576 ? 1048575 : (int)now.rlim_max - 1);
}

static void high(void)
{
    use(100000);
}

static void highest(void)
{
    use(1048575);
}

static void above_a_million(void)
{
    use(1100000);
}

CHECK_MAIN({"allowed", allowed}, {"high", high}, {"highest", highest}, {"above-a-million", above_a_million})
