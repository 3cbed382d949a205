/* What a program did that cannot be virtual, in words. */
#include "shim/model/unseen.h"

#include <criterion/criterion.h>

Test(unseen, every_reason_has_its_words)
{
    unsigned from = 0;
    for (unsigned id = 0; id < UNSEEN_COUNT; id++) {
        const char *text = unseen_next(UINT32_MAX, &from);
        cr_assert_not_null(text);
        cr_expect_eq(from, id + 1);
        cr_expect_neq(*text, '\0');
    }
    cr_expect_null(unseen_next(UINT32_MAX, &from));
}

Test(unseen, only_what_is_set)
{
    unsigned from = 0;
    cr_expect_str_eq(unseen_next(1U << UNSEEN_TIMERS_FULL | 1U << UNSEEN_RAW_SLEEP, &from),
                     "more timers than there is room for");
    cr_expect_str_eq(unseen_next(1U << UNSEEN_TIMERS_FULL | 1U << UNSEEN_RAW_SLEEP, &from),
                     "a system call that sleeps, made by number");
    cr_expect_null(unseen_next(1U << UNSEEN_TIMERS_FULL | 1U << UNSEEN_RAW_SLEEP, &from));
    from = 0;
    cr_expect_null(unseen_next(0, &from));
}
