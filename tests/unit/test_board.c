/* The board: what is armed, who has a place, the ring of the trace, counts across threads and processes. */
#include "shim/model/board.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct board *made(const char *rules_text, uint32_t flags)
{
    static struct rule rules[RULES_MAX];
    struct expr_error error;
    int count = rules_text ? expr_parse(rules_text, rules, RULES_MAX, &error) : 0;
    cr_assert_geq(count, 0, "%s", error.message);
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(board, MAP_FAILED);
    board_init(board, rules, (uint32_t)count, 7, flags, 1);
    return board;
}

static bool armed(const struct board *board, enum call_id id)
{
    return atomic_load(&board->armed[id / 64]) >> (id % 64) & 1;
}

Test(board, header_and_rules)
{
    struct board *board = made("recv:short=1;send:delay=1ms", 0);
    cr_expect(board_valid(board, sizeof *board));
    cr_expect_eq(board->rule_count, 2);
    cr_expect_eq(board->seed, 7);
    cr_expect_str_eq(board->rules[1].text, "send:delay=1ms");
}

Test(board, what_is_no_board)
{
    struct board *board = made(NULL, 0);
    cr_expect_not(board_valid(board, sizeof *board - 1));
    board->version++;
    cr_expect_not(board_valid(board, sizeof *board));
    board->version--;
    board->size--;
    cr_expect_not(board_valid(board, sizeof *board));
    board->size++;
    board->rule_count = BOARD_RULES + 1;
    cr_expect_not(board_valid(board, sizeof *board));
    board->rule_count = 0;
    board->magic++;
    cr_expect_not(board_valid(board, sizeof *board));
}

Test(board, without_rules_nothing_is_armed)
{
    struct board *board = made(NULL, 0);
    for (int id = 0; id < CALL_COUNT; id++)
        cr_expect_not(armed(board, id), "%s", call_info(id)->name);
}

Test(board, a_rule_arms_its_calls_and_those_that_make_and_end_sockets)
{
    struct board *board = made("sendto:short=1", 0);
    cr_expect(armed(board, CALL_sendto));
    cr_expect_not(armed(board, CALL_write));
    cr_expect_not(armed(board, CALL_recv));
    cr_expect_not(armed(board, CALL_poll));
    cr_expect(armed(board, CALL_close) && armed(board, CALL_socket) && armed(board, CALL_accept4));
    cr_expect(armed(board, CALL_dup2) && armed(board, CALL_connect) && armed(board, CALL_listen));
}

Test(board, what_tells_how_much_there_is_counts_for_short_receives)
{
    struct board *board = made("recv:short=1", 0);
    cr_expect(armed(board, CALL_recv) && armed(board, CALL_recvmsg) && armed(board, CALL_ioctl));
    cr_expect_not(armed(board, CALL_send) || armed(board, CALL_poll));
}

Test(board, bytes_count_for_after_and_waits_for_errors)
{
    struct board *after = made("recv:short=1:after=100B", 0);
    cr_expect(armed(after, CALL_read) && armed(after, CALL_send));
    cr_expect_not(armed(after, CALL_poll));
    struct board *error = made("recv:error=EAGAIN", 0);
    cr_expect(armed(error, CALL_epoll_wait) && armed(error, CALL_poll) && armed(error, CALL_readv));
    struct board *delay = made("recv:delay=1ms", 0);
    cr_expect_not(armed(delay, CALL_read) || armed(delay, CALL_poll));
}

Test(board, what_no_row_asks_for_is_not_watched)
{
    struct board *accept = made("accept:error=EMFILE;socket:error=EMFILE;connect:error=ECONNREFUSED", 0);
    cr_expect_not(armed(accept, CALL_recv) || armed(accept, CALL_send) || armed(accept, CALL_poll));
    struct board *told = made("accept:error=EAGAIN", 0);
    cr_expect(armed(told, CALL_poll) && armed(told, CALL_epoll_wait));
    struct board *unanswered = made("recv:error=ETIMEDOUT", 0);
    cr_expect(armed(unanswered, CALL_write) && armed(unanswered, CALL_readv));
    struct board *reset = made("send:reset", 0);
    cr_expect(armed(reset, CALL_select) && armed(reset, CALL_recv) && armed(reset, CALL_ioctl));
}

Test(board, tracing_arms_all_and_rules_can_be_armed_anew)
{
    struct board *board = made("sendto:short=1", BOARD_TRACING);
    for (int id = 0; id < CALL_COUNT; id++)
        cr_expect(armed(board, id), "%s", call_info(id)->name);
    atomic_store(&board->flags, 0);
    board_arm(board);
    cr_expect(armed(board, CALL_sendto));
    cr_expect_not(armed(board, CALL_read));
    board_arm_all(board);
    cr_expect(armed(board, CALL_read));
}

Test(board, roles_are_found_again_and_kept_apart)
{
    struct board *board = made(NULL, 0);
    uint32_t server = board_role(board, "server"), client = board_role(board, "client");
    cr_expect_neq(server, client);
    cr_expect_eq(board_role(board, "server"), server);
    cr_expect_eq(board_role(board, "client"), client);
    cr_expect_str_eq(board->roles[client].name, "client");
}

Test(board, a_long_role_is_cut_and_found_again)
{
    struct board *board = made(NULL, 0);
    uint32_t role = board_role(board, "a-name-of-more-than-thirty-one-characters");
    cr_expect_eq(board_role(board, "a-name-of-more-than-thirty-one-characters"), role);
    cr_expect_eq(strlen(board->roles[role].name), BOARD_ROLE_NAME - 1);
}

Test(board, the_last_role_takes_all_that_find_no_room)
{
    struct board *board = made(NULL, 0);
    for (int i = 0; i < BOARD_ROLES + 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "role-%d", i);
        cr_expect_eq((int)board_role(board, name), i < BOARD_ROLES - 1 ? i : BOARD_ROLES - 1);
    }
}

Test(board, an_exec_says_hello_in_the_same_place)
{
    struct board *board = made(NULL, 0);
    struct board_process *first = board_process_claim(board, 1000);
    atomic_store(&first->state, BOARD_PROCESS_HELLO);
    struct board_process *other = board_process_claim(board, 1001);
    cr_expect_neq(first, other);
    atomic_store(&first->listening, 3);
    cr_expect_eq(board_process_claim(board, 1000), first);
    cr_expect_eq(atomic_load(&first->listening), 0, "the new program listens on nothing");
    cr_expect_eq(atomic_load(&first->state), BOARD_PROCESS_CLAIMED);
}

/* A pid nobody has: that of a child that has been waited for. */
static pid_t dead_pid(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    return pid;
}

Test(board, a_full_board_gives_the_places_of_the_dead)
{
    struct board *board = made(NULL, 0);
    pid_t dead = dead_pid();
    struct board_process *free_again = NULL;
    for (int i = 0; i < BOARD_PROCESSES; i++) {
        struct board_process *process = board_process_claim(board, i == 700 ? dead : getpid());
        cr_assert_not_null(process, "%d", i);
        /* A place that is not claimed to the end is not found again, so every round takes another. */
        if (i == 700)
            free_again = process;
    }
    for (int i = 0; i < BOARD_PROCESSES; i++)
        atomic_store(&board->processes[i].state, BOARD_PROCESS_HELLO);
    cr_expect_eq(board_process_claim(board, 1), free_again);
    cr_expect_null(board_process_claim(board, 2), "all others live");
}

Test(board, the_trace_is_read_in_order_and_not_before_it_is_written)
{
    struct board *board = made(NULL, 0);
    struct trace_record read;
    uint64_t first, second;
    struct trace_record *a = board_trace_begin(board, &first), *b = board_trace_begin(board, &second);
    cr_expect_eq(first, 0);
    cr_expect_eq(second, 1);
    b->result = 22;
    board_trace_commit(b, second);
    cr_expect_eq(board_trace_read(board, first, &read), 0);
    cr_expect_eq(board_trace_read(board, second, &read), 1);
    cr_expect_eq(read.result, 22);
    a->result = 11;
    board_trace_commit(a, first);
    cr_expect_eq(board_trace_read(board, first, &read), 1);
    cr_expect_eq(read.result, 11);
    cr_expect_eq(board_trace_read(board, 2, &read), 0);
}

Test(board, a_record_that_was_overwritten_is_lost_not_wrong)
{
    struct board *board = made(NULL, 0);
    struct trace_record read;
    for (int i = 0; i < BOARD_TRACE + 5; i++) {
        uint64_t number;
        struct trace_record *record = board_trace_begin(board, &number);
        record->result = i;
        board_trace_commit(record, number);
    }
    for (uint64_t i = 0; i < 5; i++)
        cr_expect_eq(board_trace_read(board, i, &read), -1, "%lu", i);
    for (uint64_t i = 5; i < BOARD_TRACE + 5; i++) {
        cr_assert_eq(board_trace_read(board, i, &read), 1, "%lu", i);
        cr_assert_eq((uint64_t)read.result, i);
    }
}

Test(board, a_counter_a_key)
{
    struct board *board = made(NULL, 0);
    cr_expect_eq(board_count(board, 5), 1);
    cr_expect_eq(board_count(board, 5), 2);
    cr_expect_eq(board_count(board, 5 + BOARD_COUNTERS), 1, "another key that begins at the same place");
    cr_expect_eq(board_count(board, 5), 3);
    cr_expect_eq(board_count(board, 0), 1, "0 is a key too");
    cr_expect_eq(board_count(board, 0), 2);
}

Test(board, a_full_table_of_counters_says_so)
{
    struct board *board = made(NULL, 0);
    for (uint64_t key = 1; key <= BOARD_COUNTERS; key++)
        cr_assert_eq(board_count(board, key), 1);
    cr_expect_eq(board_count(board, BOARD_COUNTERS + 1), 0);
    cr_expect_eq(atomic_load(&board->counters_lost), 1);
    cr_expect_eq(board_count(board, 17), 2, "those that are there go on");
}

enum { ROUNDS = 20000, KEYS = 7, WORKERS = 4 };

static void *count_much(void *board)
{
    for (int i = 0; i < ROUNDS; i++)
        board_count(board, (uint64_t)(i % KEYS) * BOARD_COUNTERS + 1);
    return NULL;
}

static void expect_exact(struct board *board, uint64_t workers)
{
    for (uint64_t key = 0; key < KEYS; key++) {
        uint64_t each = ROUNDS / KEYS + (key < ROUNDS % KEYS);
        cr_expect_eq(board_count(board, key * BOARD_COUNTERS + 1), workers * each + 1);
    }
}

Test(board, counts_are_exact_across_threads)
{
    struct board *board = made(NULL, 0);
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, count_much, board);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    expect_exact(board, WORKERS);
}

Test(board, counts_are_exact_across_forks)
{
    struct board *board = made(NULL, 0);
    for (int i = 0; i < WORKERS; i++)
        if (fork() == 0) {
            count_much(board);
            _exit(0);
        }
    while (wait(NULL) > 0) {
    }
    expect_exact(board, WORKERS);
}

static struct rule one_rule(const char *text)
{
    struct rule rule;
    struct expr_error error;
    cr_assert_eq(expr_parse(text, &rule, 1, &error), 1, "%s", error.message);
    return rule;
}

Test(board, rules_that_were_put_count_once_they_are_published)
{
    struct board *board = made("send:delay=1ms", 0);
    struct rule rules[2] = {one_rule("recv:short=1"), one_rule("recv:short=2:match=x")};
    cr_expect_eq(board_rules_put(board, rules, 2, 5), 1);
    cr_expect_eq(board_rules(board), 1);
    cr_expect_not(armed(board, CALL_recv));
    board_rules_publish(board, 2);
    cr_expect_eq(board_rules(board), 3);
    cr_expect(armed(board, CALL_recv));
    cr_expect_eq(atomic_load(&board->counts[1].since_ns), 5);
    cr_expect_eq(board_rule_next(board, 2, 3), 2);
    cr_expect_eq(atomic_load(&board->additions), 1);
}

Test(board, a_removed_rule_arms_nothing_and_its_number_is_not_given_out_again)
{
    struct board *board = made(NULL, 0);
    struct rule rule = one_rule("recv:short=1");
    cr_expect_eq(board_rules_put(board, &rule, 1, 5), 0);
    board_rules_publish(board, 1);
    atomic_store(&board->counts[0].fired, 7);
    cr_expect(board_rule_remove(board, 0));
    cr_expect_not(board_rule_remove(board, 0));
    cr_expect_not(board_rule_remove(board, 1));
    cr_expect_not(armed(board, CALL_recv));
    cr_expect(armed(board, CALL_close), "descriptors must be known when the next rule comes");
    cr_expect_eq(atomic_load(&board->counts[0].fired), 7);
    cr_expect_eq(board_rules_put(board, &rule, 1, 5), 1);
    board_rules_publish(board, 1);
    cr_expect_eq(board_rule_next(board, 0, 2), 1);
}

Test(board, what_was_armed_for_good_stays_so_when_rules_come_and_go)
{
    struct board *board = made("recv:short=1", 0);
    struct rule rule = one_rule("send:delay=1ms");
    board_arm_all(board);
    board_rules_put(board, &rule, 1, 5);
    board_rules_publish(board, 1);
    cr_expect(armed(board, CALL_getsockname));
    cr_expect(board_rule_remove(board, 0) && board_rule_remove(board, 1));
    cr_expect(armed(board, CALL_getsockname));
}

Test(board, there_is_room_for_so_many_rules_and_matchers)
{
    struct board *board = made(NULL, 0);
    struct rule plain = one_rule("recv:short=1"), seeking = one_rule("recv:short=1:match=x");
    for (int i = 0; i < BOARD_MATCHERS; i++) {
        cr_assert_eq(board_rules_put(board, &seeking, 1, 5), i);
        board_rules_publish(board, 1);
        cr_assert_eq(board->rules[i].match.table, (uint32_t)i);
    }
    cr_expect_eq(board_rules_put(board, &seeking, 1, 5), -1);
    for (int i = BOARD_MATCHERS; i < BOARD_RULES; i++) {
        cr_assert_eq(board_rules_put(board, &plain, 1, 5), i);
        board_rules_publish(board, 1);
    }
    cr_expect_eq(board_rules_put(board, &plain, 1, 5), -1);
    board_rules_publish(board, 1);
    cr_expect_eq(board_rules(board), BOARD_RULES);
    cr_expect_eq(board_rule_next(board, BOARD_RULES - 1, BOARD_RULES), BOARD_RULES - 1);
    cr_expect(board_rule_remove(board, BOARD_RULES - 1));
    cr_expect_eq(board_rule_next(board, BOARD_RULES - 1, BOARD_RULES), BOARD_RULES);
}
