/* Names and numbers of errors. */
#include "shim/model/errnos.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static int find(const char *name)
{
    return errno_find(name, strlen(name));
}

Test(errnos, a_name_leads_to_its_number_and_back)
{
    int known = 0;
    for (int err = 1; err < 200; err++) {
        const char *name = errno_name(err);
        if (strcmp(name, "?") == 0)
            continue;
        known++;
        cr_expect_eq(find(name), err, "%s is %d, not %d", name, err, find(name));
    }
    cr_expect_gt(known, 100);
}

Test(errnos, those_the_tables_use)
{
    cr_expect_str_eq(errno_name(ECONNRESET), "ECONNRESET");
    cr_expect_str_eq(errno_name(EMFILE), "EMFILE");
    cr_expect_str_eq(errno_name(EPIPE), "EPIPE");
    cr_expect_eq(find("ETIMEDOUT"), ETIMEDOUT);
    cr_expect_eq(find("ENOPROTOOPT"), ENOPROTOOPT);
}

Test(errnos, the_alias_is_read_but_never_printed)
{
    cr_expect_eq(find("EWOULDBLOCK"), EAGAIN);
    cr_expect_str_eq(errno_name(EWOULDBLOCK), "EAGAIN");
}

Test(errnos, what_is_no_error)
{
    static const char *const wrong[] = {"",     "E",    "ECONN", "ECONNRESETX", "econnreset",
                                        " EIO", "EIO ", "0",     "5",           "?"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(find(wrong[i]), 0, "'%s'", wrong[i]);
    cr_expect_str_eq(errno_name(0), "?");
    cr_expect_str_eq(errno_name(-99), "?");
    cr_expect_str_eq(errno_name(4095), "?");
}

Test(errnos, only_so_many_bytes_of_the_name_are_read)
{
    cr_expect_eq(errno_find("EIOxyz", 3), EIO);
    cr_expect_eq(errno_find("EAGAIN", 5), 0);
}
