#include "harness/sweep/survey/survey_lines.h"
#include "harness/sweep/survey/survey_take.h"
#include "tests/unit/survey_world.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct survey left, right;

static void finish(void)
{
    survey_free(&left);
    survey_free(&right);
}

TestSuite(survey, .fini = finish);

Test(survey, calls_are_numbered_by_process_and_by_connection)
{
    survey_add(&left, "a", CALL_recv, 1, 1);
    survey_add(&left, "a", CALL_recv, 2, 2);
    survey_add(&left, "a", CALL_send, 1, 3);
    survey_add(&left, "b", CALL_recv, 1, 1);
    survey_add(&left, "a", CALL_recv, 1, 2);
    survey_add(&left, "a", CALL_poll, 0, 4);
    survey_add(&left, "a", CALL_poll, 0, 4);
    cr_assert(survey_number(&left));
    static const uint64_t expected[][2] = {{1, 1}, {2, 1}, {1, 1}, {1, 1}, {3, 2}, {1, 0}, {2, 0}};
    for (size_t i = 0; i < left.count; i++)
        cr_expect(left.calls[i].nth == expected[i][0] && left.calls[i].nth_on_connection == expected[i][1],
                  "call %zu: %d/%d", i, (int)left.calls[i].nth, (int)left.calls[i].nth_on_connection);
}

static int memory(void)
{
    int fd = memfd_create("survey", MFD_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

Test(survey, comes_back_as_it_was_written)
{
    struct diag diag = {0};
    int fd = memory();
    struct survey_call *call = survey_add(&left, "a \"b\"", CALL_recv, 7, 0xfff0000000000001);
    call->nth = 5;
    call->nth_on_connection = 4;
    call->facts = UINT64_C(1) << 63 | 5;
    call->asked = -1;
    call->result = INT64_MIN;
    call->error = EAGAIN;
    call->rule = 3;
    call->frames[call->frame_count++] = (struct survey_frame){strdup(""), 9};
    survey_add(&left, "c", CALL_close, 0, 2)->ended = false;
    left.lost = 11;
    cr_assert(survey_write(fd, &left));
    cr_assert(survey_read(fd, &right, &diag), "%s", diag.text);
    cr_assert(right.count == 2 && right.lost == 11);
    const struct survey_call *back = &right.calls[0];
    call = &left.calls[0];
    cr_expect_str_eq(back->process, call->process);
    cr_expect_str_eq(back->site, call->site);
    cr_expect(back->call == CALL_recv && back->connection == 7 && back->fd == 3 && back->ended);
    cr_expect(back->nth == 5 && back->nth_on_connection == 4 && back->facts == call->facts);
    cr_expect(back->asked == -1 && back->result == INT64_MIN && back->error == EAGAIN && back->rule == 3);
    cr_assert_eq(back->frame_count, 2);
    cr_expect(back->frames[0].offset == 0xfff0000000000001 && back->frames[1].offset == 9);
    cr_expect_str_eq(back->frames[0].module, "prog");
    cr_expect_str_eq(back->frames[1].module, "");
    cr_expect(right.calls[1].call == CALL_close && !right.calls[1].ended);
    close(fd);
}

Test(survey, one_that_was_never_begun_is_empty)
{
    struct diag diag = {0};
    int fd = memory();
    cr_assert(survey_read(fd, &right, &diag));
    cr_expect_eq(right.count, 0);
    close(fd);
}

Test(survey, one_that_was_cut_off_is_refused)
{
    struct diag diag = {0};
    int fd = memory();
    survey_add(&left, "a", CALL_recv, 1, 1);
    survey_add(&left, "a", CALL_recv, 1, 2);
    cr_assert(survey_write(fd, &left));
    off_t whole = lseek(fd, 0, SEEK_END);
    cr_assert_gt(whole, 20);
    for (off_t len = 1; len < whole - 1; len++) { /* the last byte is a newline */
        cr_assert_eq(ftruncate(fd, len), 0);
        diag = (struct diag){0};
        cr_expect_not(survey_read(fd, &right, &diag), "%d of %d bytes", (int)len, (int)whole);
        cr_expect_str_eq(diag.text, "the survey of an experiment could not be read");
        cr_assert(lseek(fd, 0, SEEK_SET) == 0 && survey_write(fd, &left));
    }
    close(fd);
}

static void expect_difference(const char *expected)
{
    char *text = NULL;
    cr_assert(survey_number(&left) && survey_number(&right));
    bool same = survey_same(&left, &right, &text);
    if (expected)
        cr_expect_str_eq(text ? text : "nothing", expected);
    else
        cr_expect(same && !text, "got %s", text);
    cr_expect_eq(survey_same(&right, &left, NULL), expected == NULL);
    free(text);
}

Test(survey, the_same_calls_in_another_order_are_the_same)
{
    survey_add(&left, "a", CALL_recv, 1, 1);
    survey_add(&left, "b", CALL_send, 1, 2);
    survey_add(&right, "b", CALL_send, 1, 2);
    survey_add(&right, "a", CALL_recv, 1, 1);
    expect_difference(NULL);
}

Test(survey, where_no_module_is_known_addresses_do_not_count)
{
    survey_add(&left, "a", CALL_recv, 1, 1)->frames[0].module[0] = '\0';
    survey_add(&right, "a", CALL_recv, 1, 2)->frames[0].module[0] = '\0';
    expect_difference(NULL);
}

Test(survey, a_repetition_is_told_with_what_it_may_depend_on)
{
    survey_add(&left, "a", CALL_recv, 1, 8);
    survey_add(&right, "a", CALL_recv, 1, 8)->error = EAGAIN;
    survey_add(&right, "a", CALL_recv, 1, 8);
    expect_difference(
        "a: recv() at prog.c:8 on connection 1 was made 1 time in one run and 2 times in the other; "
        "some found nothing to do (EAGAIN), which may depend on who is faster");
}

Test(survey, what_is_no_repetition_has_no_excuse)
{
    survey_add(&left, "a", CALL_poll, 0, 8);
    survey_add(&left, "a", CALL_poll, 0, 8);
    survey_add(&left, "a", CALL_close, 0, 9);
    expect_difference(
        "a: poll() at prog.c:8 was made 2 times in one run and 0 times in the other; how often a wait "
        "returns may depend on who is faster (and 1 more)");
    survey_add(&right, "a", CALL_poll, 0, 8);
    survey_add(&right, "a", CALL_poll, 0, 8);
    expect_difference("a: close() at prog.c:9 was made 1 time in one run and 0 times in the other");
}

Test(survey, callers_make_another_place_of_it)
{
    struct survey_call *call = survey_add(&left, "a", CALL_recv, 1, 8);
    call->frames[call->frame_count++] = (struct survey_frame){strdup("prog"), 20};
    call = survey_add(&right, "a", CALL_recv, 1, 8);
    call->frames[call->frame_count++] = (struct survey_frame){strdup("prog"), 30};
    expect_difference(
        "a: recv() at prog.c:8 on connection 1 was made 1 time in one run and 0 times in the other "
        "(and 1 more)");
}

Test(survey, turns_that_were_swapped_are_told)
{
    survey_add(&left, "a", CALL_recv, 1, 8);
    survey_add(&left, "a", CALL_recv, 1, 9);
    survey_add(&right, "a", CALL_recv, 1, 9);
    survey_add(&right, "a", CALL_recv, 1, 8);
    expect_difference(
        "a: recv() at prog.c:8 on connection 1 was call 1 of its kind there in one run and call 2 in "
        "the other (and 1 more)");
}
