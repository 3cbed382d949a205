/* The processes there are, listed anew when one was made. */
#include "harness/quiet/listed.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has(const struct listed *listed, pid_t pid)
{
    for (size_t i = 0; i < listed->count; i++)
        if (listed->pids[i] == pid)
            return true;
    return false;
}

Test(quiet_listed, a_process_that_was_made_since_is_in_the_next_list)
{
    struct listed listed = {0};
    cr_assert(listed_update(&listed));
    cr_expect(has(&listed, getpid()));
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        cr_assert_gt(child, 0);
        cr_assert(listed_update(&listed));
        cr_expect(has(&listed, child), "the %dth child", i + 1);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    listed_free(&listed);
}

Test(quiet_listed, the_number_given_out_last_tells_of_a_process)
{
    struct listed listed = {0};
    long before = listed_last(&listed);
    cr_assert_gt(before, 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    cr_expect_neq(listed_last(&listed), before);
    waitpid(child, NULL, 0);
    listed_free(&listed);
}
