/* The table of calls: it is whole, and what is asked of it comes out right. */
#include "shim/model/calls.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static enum call_id find(const char *name)
{
    return call_find(name, strlen(name));
}

Test(calls, every_call_is_found_by_its_name)
{
    for (int id = 0; id < CALL_COUNT; id++)
        cr_expect_eq((int)find(call_info(id)->name), id, "%s: twice in the table", call_info(id)->name);
}

Test(calls, what_is_no_call)
{
    static const char *const wrong[] = {"",      "rec",     "recvx", "Recv",  " recv",
                                        "recv ", "receive", "open",  "__read"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(find(wrong[i]), CALL_NONE, "'%s'", wrong[i]);
    cr_expect_eq(call_find("recvmsg", 4), CALL_recv, "only so many bytes of the name are read");
}

Test(calls, a_prototype_holds_return_name_and_parameters)
{
    for (int id = 0; id < CALL_COUNT; id++) {
        const struct call_info *info = call_info(id);
        const char *name = strstr(info->prototype, info->name);
        cr_assert_not_null(name, "%s", info->prototype);
        cr_expect_eq(name[strlen(info->name)], '(', "%s", info->prototype);
        cr_expect_eq(info->prototype[strlen(info->prototype) - 1], ')', "%s", info->prototype);
    }
    cr_expect_str_eq(call_info(CALL_recv)->prototype,
                     "ssize_t recv(int fd, void *buf, size_t len, int flags)");
}

Test(calls, no_row_lists_a_mistake_of_the_program)
{
    for (int id = 0; id < CALL_COUNT; id++)
        for (const int *e = call_info(id)->errnos; *e; e++) {
            const char *name = call_info(id)->name;
            cr_expect(*e != EBADF && *e != EFAULT && *e != EINVAL && *e != ENOTSOCK, "%s lists %s", name,
                      strerrorname_np(*e));
            for (const int *other = call_info(id)->errnos; other < e; other++)
                cr_expect_neq(*other, *e, "%s lists %s twice", name, strerrorname_np(*e));
        }
}

/* These words are both; as a rule's call they mean the family. */
static bool is_both(const char *word)
{
    return strcmp(word, "accept") == 0 || strcmp(word, "connect") == 0 || strcmp(word, "send") == 0;
}

Test(calls, a_family_and_its_word)
{
    for (int family = 0; family < FAMILY_COUNT; family++) {
        const char *word = family_name(family);
        cr_expect_eq(family_find(word, strlen(word)), family, "%s", word);
        cr_expect_eq(find(word) != CALL_NONE, is_both(word), "%s", word);
    }
    cr_expect_eq(family_find("recv", 4), -1);
    cr_expect_eq(family_find("", 0), -1);
    cr_expect_eq(family_find("receives", 8), -1);
}

Test(calls, no_family_is_empty_and_its_set_has_only_its_own)
{
    for (int family = 0; family < FAMILY_COUNT; family++) {
        struct call_set set = {{0}};
        call_set_add_family(&set, family);
        cr_expect_not(call_set_empty(&set), "%s", family_name(family));
        for (int id = 0; id < CALL_COUNT; id++)
            cr_expect_eq(call_set_has(&set, id), (int)call_info(id)->family == family, "%s in %s",
                         call_info(id)->name, family_name(family));
    }
}

Test(calls, a_set_of_one_call_has_that_call)
{
    for (int id = 0; id < CALL_COUNT; id++) {
        struct call_set set = {{0}};
        cr_expect(call_set_empty(&set));
        call_set_add(&set, id);
        for (int other = 0; other < CALL_COUNT; other++)
            cr_expect_eq(call_set_has(&set, other), other == id);
        call_set_add(&set, id == CALL_recv ? CALL_send : CALL_recv);
        call_set_remove(&set, id);
        cr_expect_not(call_set_has(&set, id));
        cr_expect_not(call_set_empty(&set), "removing one call removed another");
    }
}

Test(calls, the_errnos_of_a_call)
{
    cr_expect(call_allows_errno(CALL_recv, ECONNRESET));
    cr_expect(call_allows_errno(CALL_accept4, EMFILE));
    cr_expect(call_allows_errno(CALL_close, EIO));
    cr_expect_not(call_allows_errno(CALL_recv, EMFILE));
    cr_expect_not(call_allows_errno(CALL_close, ECONNRESET));
    cr_expect_not(call_allows_errno(CALL_getaddrinfo, ENOMEM));
    cr_expect_not(call_allows_errno(CALL_ioctl, 0), "0 ends a list, it is not in it");
}

Test(calls, traits_say_what_is_true_of_the_call)
{
    cr_expect(call_info(CALL_recv)->traits & BLOCKS && call_info(CALL_recv)->traits & SHORTENS);
    cr_expect_not(call_info(CALL_recvmmsg)->traits & SHORTENS, "it gives messages, not bytes");
    for (int id = 0; id < CALL_COUNT; id++) {
        const struct call_info *info = call_info(id);
        cr_expect(!(info->traits & COPIES_FD) || info->traits & RETURNS_FD, "%s", info->name);
        cr_expect(!(info->traits & SHORTENS) || info->family == FAMILY_RECEIVE || info->family == FAMILY_SEND,
                  "%s", info->name);
        cr_expect(!(info->traits & WAITS_EPOLL) || strncmp(info->name, "epoll_", 6) == 0, "%s", info->name);
        cr_expect((info->family != FAMILY_WAIT && info->family != FAMILY_RECEIVE &&
                   info->family != FAMILY_ACCEPT) ||
                      info->traits & BLOCKS,
                  "%s blocks", info->name);
    }
}
