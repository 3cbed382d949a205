/* Slots of threads on the board, and the waits in them, with nobody asleep. */
#include "shim/model/threads.h"

#include <criterion/criterion.h>
#include <sys/mman.h>

static struct board *board;

static void make_board(void)
{
    board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(board, MAP_FAILED);
}

static void drop_board(void)
{
    munmap(board, sizeof *board);
}

TestSuite(threads, .init = make_board, .fini = drop_board, .timeout = 20);

static bool nobody_is_dead(int32_t pid, int32_t tid)
{
    (void)pid, (void)tid;
    return false;
}

static bool seven_is_dead(int32_t pid, int32_t tid)
{
    return pid == 7 && tid == 7;
}

Test(threads, a_thread_has_a_slot_of_its_own_and_finds_it_again)
{
    struct board_thread *one = board_thread_claim(board, 100, 100, nobody_is_dead);
    struct board_thread *other = board_thread_claim(board, 100 + BOARD_THREADS, 90, nobody_is_dead);
    cr_assert(one && other && one != other);
    cr_expect_eq(atomic_load(&other->tid), 100 + BOARD_THREADS);
    cr_expect_eq(atomic_load(&other->pid), 90);
    atomic_store(&one->call, 3);
    atomic_store(&one->wait, 3);
    cr_expect_eq(board_thread_claim(board, 100, 100, nobody_is_dead), one);
    cr_expect_eq(atomic_load(&one->call), 0);
    cr_expect_eq(atomic_load(&one->wait), 0);
    cr_expect_eq(atomic_load(&board->threads_end), (uint32_t)(other - board->threads) + 1);
}

Test(threads, only_slots_of_the_dead_are_taken_over)
{
    for (uint32_t i = 0; i < BOARD_THREADS; i++) {
        atomic_store(&board->threads[i].tid, (int32_t)i + 1);
        atomic_store(&board->threads[i].pid, (int32_t)i + 1);
    }
    cr_expect_null(board_thread_claim(board, BOARD_THREADS + 1, 1, nobody_is_dead));
    cr_expect_eq(board_thread_claim(board, BOARD_THREADS + 1, 1, seven_is_dead), &board->threads[6]);
}

/* One thread, and what its handler of TIME_SIGNAL would do while it gives way. */
static struct board_thread *thread;
static struct waiter waiter;
static int gave_way;
static void (*meanwhile)(void);

static void begin(void)
{
    thread = board_thread_claim(board, 1, 1, nobody_is_dead);
    cr_assert_not_null(thread);
}

static int yield(void)
{
    cr_assert_lt(gave_way++, 100, "it waits for a kick that nobody announced");
    if (meanwhile)
        meanwhile();
    return 0;
}

/* Announces a kick of the wait there is. Returns its number. */
static uint32_t kick(void)
{
    uint64_t word = atomic_fetch_add(&thread->wait, 1);
    return (uint32_t)BOARD_WAIT_NUMBER(word);
}

Test(threads, a_wait_is_on_view_with_its_deadline_until_it_is_taken_back)
{
    struct wait wait;
    begin();
    wait_publish(&wait, &waiter, thread, 5000, yield);
    cr_expect_neq(atomic_load(&thread->wait), 0);
    cr_expect_eq(BOARD_WAIT_KICKS(atomic_load(&thread->wait)), 0);
    cr_expect_eq(atomic_load(&thread->deadline_ns), 5000);
    cr_expect(!wait_retract(&wait, &waiter, thread, yield), "nobody kicked it");
    cr_expect_eq(atomic_load(&thread->wait), 0);
    cr_expect_eq(gave_way, 0);
}

static uint32_t number_due;

static void deliver(void)
{
    wait_kicked(&waiter, thread, number_due - 1); /* of another wait: not counted */
    if (gave_way > 5)
        wait_kicked(&waiter, thread, number_due);
}

Test(threads, a_wait_ends_when_its_kicks_have_arrived)
{
    struct wait wait;
    begin();
    meanwhile = deliver;
    wait_publish(&wait, &waiter, thread, 5000, yield);
    number_due = kick();
    kick();
    cr_expect(wait_retract(&wait, &waiter, thread, yield), "it was kicked");
    cr_expect_eq(gave_way, 7);
}

Test(threads, the_next_wait_knows_nothing_of_the_kicks_before)
{
    struct wait wait;
    begin();
    wait_publish(&wait, &waiter, thread, 5000, yield);
    uint32_t number = kick();
    wait_kicked(&waiter, thread, number);
    cr_expect(wait_retract(&wait, &waiter, thread, yield));
    wait_publish(&wait, &waiter, thread, BOARD_NEVER, yield);
    cr_expect_neq(BOARD_WAIT_NUMBER(atomic_load(&thread->wait)), number);
    cr_expect(!wait_retract(&wait, &waiter, thread, yield));
}

Test(threads, a_handler_that_waits_leaves_the_outer_wait_as_it_was)
{
    struct wait waits[2], *inner = &waits[0], *outer = &waits[1]; /* further down the stack, and less far */
    begin();
    wait_publish(outer, &waiter, thread, 5000, yield);
    uint32_t number = kick();
    wait_kicked(&waiter, thread, number);
    uint64_t word = atomic_load(&thread->wait);
    wait_publish(inner, &waiter, thread, 300, yield);
    cr_expect_eq(atomic_load(&thread->deadline_ns), 300);
    cr_expect(!wait_retract(inner, &waiter, thread, yield), "the kick was the outer one's");
    cr_expect_eq(atomic_load(&thread->wait), word);
    cr_expect_eq(atomic_load(&thread->deadline_ns), 5000);
    number_due = kick();
    meanwhile = deliver;
    cr_expect(wait_retract(outer, &waiter, thread, yield));
    cr_expect_eq(gave_way, 6);
}

/* siglongjmp(3), out of it or out of a handler in it; the stack is used again from further up. */
Test(threads, a_wait_that_was_left_by_a_jump_is_forgotten_by_the_next)
{
    struct wait waits[2], *left = &waits[0], *next = &waits[1];
    begin();
    wait_publish(left, &waiter, thread, 5000, yield);
    wait_publish(next, &waiter, thread, 300, yield);
    cr_expect_eq(atomic_load(&thread->deadline_ns), 300);
    cr_expect(!wait_retract(next, &waiter, thread, yield));
    cr_expect_eq(atomic_load(&thread->wait), 0);
    wait_publish(left, &waiter, thread, 5000, yield);
    wait_publish(left, &waiter, thread, 300, yield);
    cr_expect(!wait_retract(left, &waiter, thread, yield));
    cr_expect_eq(atomic_load(&thread->wait), 0, "the same place again");
}

static bool arrived;

static void arrive(void)
{
    if (!arrived)
        wait_kicked(&waiter, thread, number_due);
    arrived = true;
}

/* A handler that waits, too, while the thread takes a wait back whose kick is still on its way. */
static void wait_within(void)
{
    struct wait inner;
    meanwhile = arrive;
    wait_publish(&inner, &waiter, thread, 300, yield);
    meanwhile = NULL;
    arrive(); /* now at the latest */
    cr_expect(!wait_retract(&inner, &waiter, thread, yield));
}

Test(threads, a_kick_is_not_lost_to_a_handler_that_waits_while_a_wait_ends)
{
    struct wait outer;
    begin();
    wait_publish(&outer, &waiter, thread, 5000, yield);
    number_due = kick();
    meanwhile = wait_within;
    cr_expect(wait_retract(&outer, &waiter, thread, yield));
    cr_expect_eq(atomic_load(&thread->wait), 0);
}

/* The moments of wait_publish before the word is on the board: a handler leaves all as it found it. */
Test(threads, a_handler_that_waits_leaves_a_wait_that_is_being_published_as_it_was)
{
    struct wait inner;
    begin();
    atomic_store(&waiter.numbers, 9);
    atomic_store(&waiter.expected, 9);
    atomic_store(&thread->deadline_ns, 5000);
    wait_publish(&inner, &waiter, thread, 300, yield);
    uint32_t number = kick();
    wait_kicked(&waiter, thread, number);
    cr_expect(wait_retract(&inner, &waiter, thread, yield));
    cr_expect_eq(atomic_load(&waiter.expected), 9);
    cr_expect_eq(atomic_load(&thread->deadline_ns), 5000);
    cr_expect_eq(atomic_load(&thread->arrived), 0);
}

static int yield_in_vain(void)
{
    return ++gave_way < 5 ? 0 : -1;
}

Test(threads, a_kick_that_never_comes_is_not_waited_for_for_ever)
{
    struct wait wait;
    begin();
    wait_publish(&wait, &waiter, thread, 5000, yield_in_vain);
    kick();
    cr_expect(wait_retract(&wait, &waiter, thread, yield_in_vain), "it was announced");
    cr_expect_eq(gave_way, 5);
    cr_expect_eq(atomic_load(&thread->wait), 0);
}
