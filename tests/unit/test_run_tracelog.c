#include "harness/run/trace/tracelog.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct board *board;
static struct tracelog trace;

static void begin(void)
{
    board = calloc(1, sizeof *board);
    cr_assert(board && tracelog_init(&trace, true, true));
}

static void finish(void)
{
    tracelog_free(&trace);
    free(board);
}

TestSuite(tracelog, .init = begin, .fini = finish);

static struct trace_record *start(int64_t time, enum call_id call, int role, uint64_t *number)
{
    struct trace_record *record = board_trace_begin(board, number);
    record->time_ns = time;
    record->call = (uint16_t)call;
    record->role = (uint16_t)role;
    record->kind = TRACE_CALL;
    return record;
}

static void record_call(int64_t time, enum call_id call, int role)
{
    uint64_t number;
    struct trace_record *record = start(time, call, role, &number);
    board_trace_commit(record, number);
}

Test(tracelog, reads_what_is_there_once)
{
    record_call(1, CALL_socket, 0);
    record_call(2, CALL_connect, 0);
    tracelog_drain(&trace, board, false);
    tracelog_drain(&trace, board, false);
    cr_assert_eq(tracelog_count(&trace), 2);
    cr_expect_eq(tracelog_at(&trace, 0)->call, CALL_socket);
    cr_expect_eq(tracelog_at(&trace, 1)->call, CALL_connect);
    cr_expect_null(tracelog_at(&trace, 2));
    cr_expect_eq(trace.lost, 0);
}

Test(tracelog, waits_for_one_that_is_being_written)
{
    uint64_t number;
    struct trace_record *record = start(1, CALL_socket, 0, &number);
    record_call(2, CALL_connect, 0);
    tracelog_drain(&trace, board, false);
    cr_expect_eq(tracelog_count(&trace), 0);
    board_trace_commit(record, number);
    tracelog_drain(&trace, board, false);
    cr_expect_eq(tracelog_count(&trace), 2);
}

Test(tracelog, at_the_end_one_that_was_never_finished_is_lost)
{
    uint64_t number;
    start(1, CALL_socket, 0, &number);
    record_call(2, CALL_connect, 0);
    tracelog_drain(&trace, board, true);
    cr_assert_eq(tracelog_count(&trace), 1);
    cr_expect_eq(tracelog_at(&trace, 0)->call, CALL_connect);
    cr_expect_eq(trace.lost, 1);
}

Test(tracelog, what_was_overwritten_is_counted)
{
    for (int i = 0; i < BOARD_TRACE + 100; i++)
        record_call(i, CALL_send, 0);
    tracelog_drain(&trace, board, true);
    cr_expect_eq(trace.lost, 100);
    cr_expect_eq(trace.read, BOARD_TRACE);
    cr_expect_eq(tracelog_count(&trace), TRACELOG_KEPT);
    cr_expect_eq(tracelog_at(&trace, 0)->time_ns, BOARD_TRACE + 100 - TRACELOG_KEPT);
    cr_expect_eq(tracelog_at(&trace, TRACELOG_KEPT - 1)->time_ns, BOARD_TRACE + 99);
}

Test(tracelog, nonsense_on_the_board_does_no_harm)
{
    atomic_store(&board->trace_head, UINT64_MAX - 5);
    tracelog_drain(&trace, board, true);
    cr_expect_eq(tracelog_count(&trace), 0);
    atomic_store(&board->trace_head, 3);
    tracelog_drain(&trace, board, true);
    cr_expect_eq(tracelog_count(&trace), 0);
}

Test(tracelog, order_is_that_of_the_beginnings_and_by_role)
{
    size_t count;
    record_call(20, CALL_recv, 1);
    record_call(10, CALL_accept, 1); /* began first, and ended later */
    record_call(15, CALL_connect, 2);
    record_call(17, CALL_NONE, 1);
    tracelog_drain(&trace, board, true);
    tracelog_sort(&trace);
    uint16_t *calls = tracelog_calls(&trace, 1, &count);
    cr_assert_eq(count, 2);
    cr_expect(calls[0] == CALL_accept && calls[1] == CALL_recv);
    free(calls);
    cr_expect_null(tracelog_calls(&trace, 3, &count));
    cr_expect_eq(count, 0);
}

static uint64_t decide(enum call_id call)
{
    uint64_t number;
    struct trace_record *record = start(1, call, 0, &number);
    record->kind = TRACE_DECIDED;
    board_trace_commit(record, number);
    return number + 1;
}

static void end(uint64_t decided, int64_t result, int rule)
{
    uint64_t number;
    struct trace_record *record = start(1, CALL_recv, 0, &number);
    record->decided = decided;
    record->result = result;
    record->error = (int32_t)result + 1;
    record->rule = (int16_t)rule;
    board_trace_commit(record, number);
}

Test(tracelog, what_was_decided_has_the_end_that_is_its_own)
{
    uint64_t first = decide(CALL_recv), second = decide(CALL_send);
    decide(CALL_accept);
    end(second, 7, 2);
    end(first, 5, -1);
    tracelog_drain(&trace, board, true);
    cr_assert_eq(trace.decided_count, 3);
    cr_expect(trace.decided[0].record.call == CALL_recv && trace.decided[0].result == 5);
    cr_expect(trace.decided[1].ended && trace.decided[1].result == 7 && trace.decided[1].error == 8);
    cr_expect(trace.decided[1].rule == 2 && trace.decided[0].rule == -1);
    cr_expect(!trace.decided[2].ended && trace.decided[2].result == -1 && trace.decided[2].rule == -1);
    cr_expect_eq(tracelog_count(&trace), 2); /* reports tell of ends alone */
}

Test(tracelog, of_a_survey_the_first_are_kept)
{
    for (int i = 0; i < TRACELOG_SURVEY_MAX + 100; i++) {
        decide(i < TRACELOG_SURVEY_MAX ? CALL_recv : CALL_send);
        if (i % 1000 == 0)
            tracelog_drain(&trace, board, false);
    }
    tracelog_drain(&trace, board, true);
    cr_expect_eq(trace.decided_count, TRACELOG_SURVEY_MAX);
    cr_expect_eq(trace.decided_lost, 100);
    cr_expect_eq(trace.decided[TRACELOG_SURVEY_MAX - 1].record.call, CALL_recv);
    cr_expect_eq(trace.lost, 0);
}
