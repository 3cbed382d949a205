#include "harness/run/start/roles.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct board *board;

static void begin(void)
{
    board = calloc(1, sizeof *board);
    cr_assert_not_null(board);
}

static void finish(void)
{
    free(board);
}

TestSuite(roles, .init = begin, .fini = finish);

static struct board_process *hello(pid_t pid, uint32_t role)
{
    struct board_process *process = board_process_claim(board, pid);
    atomic_store(&process->role, role);
    atomic_store(&process->state, BOARD_PROCESS_HELLO);
    return process;
}

Test(roles, are_found_by_name)
{
    uint32_t server = board_role(board, "server"), client = board_role(board, "client#2");
    cr_expect_eq(role_find(board, "client#2"), (int)client);
    cr_expect_eq(role_find(board, "server"), (int)server);
    cr_expect_eq(role_find(board, "client"), -1);
}

Test(roles, hello_is_said_once_the_slot_is_filled_in)
{
    uint32_t role = board_role(board, "server");
    struct board_process *process = board_process_claim(board, 100);
    atomic_store(&process->role, role);
    cr_expect_not(role_said_hello(board, (int)role), "still being written");
    atomic_store(&process->state, BOARD_PROCESS_HELLO);
    cr_expect(role_said_hello(board, (int)role));
    cr_expect_not(role_said_hello(board, (int)role + 1));
}

Test(roles, listen_on_the_port_that_is_asked_for)
{
    static const uint16_t wanted[] = {4000, 4001};
    uint32_t role = board_role(board, "server");
    struct board_process *process = hello(100, role);
    cr_expect_not(role_listens(board, (int)role, NULL, 0));
    atomic_store(&process->listening, 1);
    cr_expect(role_listens(board, (int)role, NULL, 0));
    cr_expect_not(role_listens(board, (int)role, wanted, 2));
    atomic_store(&process->port_count, 1);
    atomic_store(&process->ports[0], 80);
    cr_expect_not(role_listens(board, (int)role, wanted, 2));
    atomic_store(&process->ports[0], 4001);
    cr_expect(role_listens(board, (int)role, wanted, 2));
    cr_expect_not(role_listens(board, (int)role, wanted, 1));
}

Test(roles, a_count_of_ports_beyond_what_there_is_room_for_is_no_trap)
{
    static const uint16_t wanted = 4000;
    uint32_t role = board_role(board, "server");
    struct board_process *process = hello(100, role);
    atomic_store(&process->listening, 1);
    atomic_store(&process->port_count, UINT32_MAX);
    cr_expect(role_listens(board, (int)role, &wanted, 1), "it may be one that was not kept");
}

Test(roles, a_child_can_do_the_waiting)
{
    uint32_t role = board_role(board, "server");
    hello(100, role);
    cr_expect_not(role_waited(board, (int)role));
    atomic_store(&hello(101, role)->waits_after_listening, 1);
    cr_expect(role_waited(board, (int)role));
}

Test(roles, counts_of_a_role_that_is_not_there_are_zero)
{
    struct observed_counts counts;
    uint32_t role = board_role(board, "server");
    atomic_store(&board->roles[role].calls[CALL_accept], 3);
    atomic_store(&board->roles[role].bytes_sent, 9);
    role_counts(board, (int)role, &counts);
    cr_expect(counts.calls[CALL_accept] == 3 && counts.bytes_sent == 9);
    role_counts(board, -1, &counts);
    cr_expect(counts.calls[CALL_accept] == 0 && counts.bytes_sent == 0);
    role_counts(board, BOARD_ROLES, &counts);
    cr_expect_eq(counts.calls[CALL_accept], 0);
}

Test(roles, calls_begun_are_summed_over_the_threads_of_a_process)
{
    for (int i = 0; i < 3; i++) {
        atomic_store(&board->threads[i * 7].tid, 10 + i);
        atomic_store(&board->threads[i * 7].pid, i < 2 ? 10 : 12);
        atomic_store(&board->threads[i * 7].sequence, 100);
        atomic_store(&board->threads_end, (uint32_t)i * 7 + 1);
    }
    cr_expect_eq(calls_begun(board, 10), 200);
    cr_expect_eq(calls_begun(board, 12), 100);
    cr_expect_eq(calls_begun(board, 13), 0);
}
