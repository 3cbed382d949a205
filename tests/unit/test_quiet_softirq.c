/* The kernel's threads that hand packets on: of this machine, if they can be seen, and of a /proc that is
 * made up. */
#include "harness/quiet/softirq.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool runs(const char *stat)
{
    struct softirq softirq = {.count = 1, .fds = {memfd_create("stat", MFD_CLOEXEC)}};
    cr_assert_eq(write(softirq.fds[0], stat, strlen(stat)), (ssize_t)strlen(stat));
    bool answer = softirq_runs(&softirq);
    cr_expect_eq(softirq_runs(&softirq), answer, "it can be asked again");
    softirq_close(&softirq);
    cr_expect_eq(softirq.count, 0);
    return answer;
}

Test(quiet_softirq, one_that_does_not_sleep_has_something_in_hands)
{
    cr_expect(runs("14 (ksoftirqd/0) R 2 0 0 0 -1 69238848"));
    cr_expect_not(runs("14 (ksoftirqd/0) S 2 0 0 0 -1 69238848"));
    cr_expect_not(runs("14 (ksoftirqd/0) I 2 0 0 0 -1 69238848"));
}

Test(quiet_softirq, what_has_another_name_or_is_gone_is_none_of_them)
{
    cr_expect_not(runs("14 (sh) R 2 0"));
    cr_expect_not(runs(""));
}

Test(quiet_softirq, those_of_this_machine_are_found_by_their_names)
{
    struct softirq found, opened;
    softirq_find(&found);
    softirq_open(&found, &opened);
    cr_expect_eq(opened.count, found.count);
    for (int i = 0; i < opened.count; i++) {
        char text[128] = "";
        cr_expect_gt(pread(opened.fds[i], text, sizeof text - 1, 0), 0);
        cr_expect(strstr(text, "(ksoftirqd/"), "%s", text);
    }
    softirq_close(&opened);
}
