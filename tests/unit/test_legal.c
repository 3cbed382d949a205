/* The fault model's table: every row is alive, and legality is found as the rows say. */
#include "shim/model/errnos.h"
#include "shim/model/legal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define IS(name) CONDITION_SET(name)

/* The recipe of a fault where the facts are these; RECIPE_NONE: not legal. */
static enum recipe recipe_of(enum call_id call, enum fault_kind fault, int err, conditions facts)
{
    const struct legal_row *row = legal_find(call, fault, err, facts, NULL);
    return row ? row->recipe : RECIPE_NONE;
}

static enum condition_bit missing(enum call_id call, enum fault_kind fault, int err, conditions facts)
{
    enum condition_bit bit = CONDITION_COUNT;
    cr_assert_null(legal_find(call, fault, err, facts, &bit));
    return bit;
}

static bool row_is_used(const struct legal_row *row)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (legal_row_fits(row, id, row->fault, row->err))
            return true;
    return false;
}

Test(legal, every_row_speaks_of_some_call)
{
    size_t i = 0;
    for (; legal_row_at(i); i++)
        cr_expect(row_is_used(legal_row_at(i)), "row %zu (%s %s: %s) fits no call", i,
                  fault_name(legal_row_at(i)->fault), errno_name(legal_row_at(i)->err),
                  legal_row_at(i)->note);
    cr_expect_gt(i, 100);
}

Test(legal, no_row_is_hidden_by_one_before_it)
{
    for (size_t i = 0; legal_row_at(i); i++)
        for (size_t j = 0; j < i; j++) {
            const struct legal_row *row = legal_row_at(i), *before = legal_row_at(j);
            bool same =
                row->family == before->family && row->fault == before->fault && row->err == before->err;
            cr_expect_not(same && (before->needs & ~row->needs) == 0,
                          "row %zu (%s) is never reached: row %zu needs less", i, row->note, j);
        }
}

Test(legal, every_errno_a_call_lists_is_legal_somewhere)
{
    for (int id = 0; id < CALL_COUNT; id++)
        for (const int *e = call_info(id)->errnos; *e; e++)
            cr_expect(legal_possible(id, FAULT_ERROR, *e), "%s at %s", errno_name(*e), call_info(id)->name);
}

Test(legal, every_word_is_there)
{
    for (int bit = 0; bit < CONDITION_COUNT; bit++) {
        cr_expect_neq(condition_name(bit)[0], '\0');
        cr_expect_neq(condition_need(bit)[0], '\0', "%s", condition_name(bit));
        cr_expect_neq(condition_lack(bit)[0], '\0', "%s", condition_name(bit));
    }
    for (int recipe = 0; recipe < RECIPE_COUNT; recipe++)
        cr_expect_neq(recipe_text(recipe)[0], '\0', "%s", recipe_name(recipe));
    cr_expect_str_eq(tier_name(TIER_PORTABLE), "portable");
    cr_expect_str_eq(tier_name(TIER_NETWORK), "network");
}

Test(legal, a_delay_is_legal_everywhere)
{
    for (int id = 0; id < CALL_COUNT; id++)
        cr_expect_eq(recipe_of(id, FAULT_DELAY, 0, 0), RECIPE_DELAY, "%s", call_info(id)->name);
}

Test(legal, a_reset_and_its_errno_are_the_same_event)
{
    conditions tcp = IS(SOCKET) | IS(TCP) | IS(STREAM) | IS(CONNECTED) | IS(OPEN) | IS(ALIVE);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_RESET, ECONNRESET, tcp), RECIPE_TCP_KILL);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, ECONNRESET, tcp), RECIPE_TCP_KILL);
    cr_expect_not(legal_possible(CALL_connect, FAULT_RESET, ECONNRESET));
    cr_expect_eq(recipe_of(CALL_accept, FAULT_RESET, ECONNRESET, IS(TCP) | IS(LISTENING)),
                 RECIPE_ACCEPT_DEAD);
}

Test(legal, a_short_receive_is_for_streams)
{
    conditions stream = IS(STREAM) | IS(CONNECTED) | IS(SEVERAL) | IS(LOWAT) | IS(PARTIAL) | IS(ORDINARY) |
                        IS(UNCOUNTED) | IS(BARE);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_SHORT, 0, stream), RECIPE_CUT);
    cr_expect_eq(missing(CALL_recv, FAULT_SHORT, 0, stream & ~IS(STREAM)), CONDITION_STREAM);
    cr_expect_eq(missing(CALL_recv, FAULT_SHORT, 0, stream & ~IS(SEVERAL)), CONDITION_SEVERAL);
    cr_expect_eq(missing(CALL_recv, FAULT_SHORT, 0, stream & ~IS(LOWAT)), CONDITION_LOWAT);
    cr_expect_eq(missing(CALL_recv, FAULT_SHORT, 0, stream & ~IS(UNCOUNTED)), CONDITION_UNCOUNTED);
    cr_expect_eq(missing(CALL_recvmsg, FAULT_SHORT, 0, stream & ~IS(BARE)), CONDITION_BARE);
    cr_expect_eq(recipe_of(CALL_recvmmsg, FAULT_SHORT, 0, stream), RECIPE_NONE,
                 "it gives messages, not bytes");
    cr_expect_eq(recipe_of(CALL_recvmmsg, FAULT_SHORT, 0, IS(MANY) | IS(NONBLOCKING)), RECIPE_FEWER);
    cr_expect_eq(recipe_of(CALL_recvmmsg, FAULT_SHORT, 0, IS(MANY) | IS(FORONE)), RECIPE_FEWER);
    cr_expect_eq(missing(CALL_recvmmsg, FAULT_SHORT, 0, IS(NONBLOCKING)), CONDITION_MANY);
    cr_expect_not(legal_possible(CALL_pread, FAULT_SHORT, 0));
}

Test(legal, a_short_receive_with_waitall_needs_a_wait_that_is_cut)
{
    conditions stream = IS(STREAM) | IS(CONNECTED) | IS(SEVERAL) | IS(LOWAT) | IS(WAITALL) | IS(ORDINARY) |
                        IS(UNCOUNTED) | IS(BARE);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_SHORT, 0, stream | IS(BLOCKING)), RECIPE_CUT,
                 "stop and continue are enough");
    cr_expect_eq(recipe_of(CALL_recv, FAULT_SHORT, 0, stream | IS(BLOCKING) | IS(TIMEOUT)), RECIPE_CUT_LATE);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_SHORT, 0, stream), RECIPE_NONE);
}

Test(legal, eintr_needs_a_handler)
{
    conditions blocked = IS(SOCKET) | IS(STREAM) | IS(CONNECTED) | IS(BLOCKING) | IS(UNTOLD) | IS(GOING);
    cr_expect_eq(missing(CALL_recv, FAULT_ERROR, EINTR, blocked), CONDITION_HANDLER);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EINTR, blocked | IS(HANDLER)), RECIPE_PLAIN);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EINTR, blocked | IS(TIMEOUT)), RECIPE_PLAIN);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EINTR, blocked | IS(ANY_HANDLER)), RECIPE_NONE,
                 "with SA_RESTART it goes on");
    cr_expect_eq(recipe_of(CALL_poll, FAULT_ERROR, EINTR, IS(BLOCKING) | IS(ANY_HANDLER) | IS(IDLE)),
                 RECIPE_PLAIN, "a wait is never restarted");
    cr_expect_eq(missing(CALL_poll, FAULT_ERROR, EINTR, IS(BLOCKING) | IS(ANY_HANDLER)), CONDITION_IDLE);
    cr_expect_eq(recipe_of(CALL_poll, FAULT_ERROR, EINTR, IS(BLOCKING) | IS(IDLE)), RECIPE_NONE);
    cr_expect_eq(recipe_of(CALL_epoll_wait, FAULT_ERROR, EINTR, IS(BLOCKING) | IS(IDLE)), RECIPE_PLAIN,
                 "stop and continue are enough");
    cr_expect_eq(recipe_of(CALL_epoll_wait, FAULT_ERROR, EINTR, IS(ANY_HANDLER)), RECIPE_NONE,
                 "a wait that does not wait is not interrupted");
}

Test(legal, eagain_needs_a_call_that_would_not_block)
{
    conditions socket = IS(SOCKET) | IS(GOING), nonblocking = socket | IS(NONBLOCKING);
    conditions blocking = socket | IS(BLOCKING) | IS(UNTOLD);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, nonblocking | IS(UNTOLD)), RECIPE_REARM);
    cr_expect_eq(missing(CALL_recv, FAULT_ERROR, EAGAIN, nonblocking), CONDITION_UNTOLD);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, nonblocking | IS(SHARED)), RECIPE_REARM);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, blocking), RECIPE_NONE);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, blocking | IS(TIMEOUT)), RECIPE_STALL);
}

Test(legal, eagain_on_udp_after_readiness_is_a_bad_checksum)
{
    conditions udp = IS(SOCKET) | IS(UDP) | IS(NONBLOCKING) | IS(GOING) | IS(UNCOUNTED);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, udp | IS(FLAGGED)), RECIPE_REARM);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, udp), RECIPE_NONE,
                 "a wait on a blocking socket has checked it");
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, (udp | IS(FLAGGED)) & ~IS(UNCOUNTED)), RECIPE_NONE,
                 "FIONREAD and MSG_PEEK have, too");
}

Test(legal, at_its_end_a_connection_answers_at_once)
{
    conditions lacking = ~IS(GOING);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EAGAIN, lacking), RECIPE_NONE);
    cr_expect_eq(recipe_of(CALL_recv, FAULT_ERROR, EINTR, lacking), RECIPE_NONE);
    cr_expect_eq(recipe_of(CALL_send, FAULT_ERROR, EAGAIN, lacking), RECIPE_NONE);
    cr_expect_eq(recipe_of(CALL_send, FAULT_ERROR, EINTR, lacking), RECIPE_NONE);
}

Test(legal, an_errno_the_calls_own_row_does_not_list_is_not_legal)
{
    cr_expect(legal_possible(CALL_connect, FAULT_ERROR, ECONNREFUSED));
    cr_expect_not(legal_possible(CALL_recv, FAULT_ERROR, EMFILE));
    cr_expect_not(legal_possible(CALL_epoll_create, FAULT_ERROR, EACCES), "socket may, epoll_create may not");
    cr_expect(legal_possible(CALL_socket, FAULT_ERROR, EACCES));
    cr_expect(legal_possible(CALL_fcntl, FAULT_ERROR, EMFILE));
    cr_expect_not(legal_possible(CALL_ioctl, FAULT_ERROR, EMFILE));
}

Test(legal, what_is_worth_finding_out)
{
    conditions wanted = legal_conditions(CALL_accept, FAULT_RESET, ECONNRESET);
    cr_expect_eq(wanted, IS(TCP) | IS(LISTENING));
    cr_expect_eq(legal_conditions(CALL_recv, FAULT_DELAY, 0), 0, "a delay needs no facts");
    cr_expect_eq(legal_conditions(CALL_recv, FAULT_ERROR, EMFILE), 0);
    cr_expect(legal_conditions(CALL_recv, FAULT_SHORT, 0) & IS(WAITALL), "the facts of all alternatives");
}

Test(legal, a_row_may_be_about_one_call_of_its_family)
{
    conditions unix_listener = IS(SOCKET) | IS(LOCAL) | IS(BINDING);
    cr_expect_eq(recipe_of(CALL_bind, FAULT_ERROR, EADDRINUSE, unix_listener), RECIPE_PLAIN);
    cr_expect_eq(recipe_of(CALL_listen, FAULT_ERROR, EADDRINUSE, unix_listener), RECIPE_NONE);
    cr_expect_eq(missing(CALL_listen, FAULT_ERROR, EADDRINUSE, unix_listener | IS(CONTESTED)), CONDITION_TCP);
    cr_expect_eq(legal_conditions(CALL_epoll_ctl, FAULT_ERROR, ENOMEM), IS(ADDING));
}

Test(legal, the_nearest_row_says_what_is_missing)
{
    /* Of several rows that do not fit, the one that lacks least is the one to speak of. */
    conditions tcp = IS(SOCKET) | IS(TCP) | IS(STREAM) | IS(CONNECTED) | IS(OPEN) | IS(ALIVE);
    cr_expect_eq(missing(CALL_send, FAULT_RESET, ECONNRESET, tcp), CONDITION_UNTOLD);
    conditions un = IS(SOCKET) | IS(LOCAL) | IS(SEQPACKET) | IS(ALIVE) | IS(UNTOLD);
    cr_expect_eq(missing(CALL_send, FAULT_RESET, ECONNRESET, un), CONDITION_CONNECTED);
    cr_expect_eq(missing(CALL_recv, FAULT_ERROR, ETIMEDOUT, tcp), CONDITION_UNANSWERED);
}

Test(legal, no_fitting_row_leaves_the_missing_condition_alone)
{
    enum condition_bit bit = CONDITION_COUNT;
    cr_expect_null(legal_find(CALL_recv, FAULT_ERROR, EMFILE, ~UINT64_C(0), &bit));
    cr_expect_eq(bit, CONDITION_COUNT);
}

Test(legal, all_conditions_of_a_call_are_those_of_every_fault_there)
{
    for (int call = 0; call < CALL_COUNT; call++) {
        conditions each = 0, all = legal_conditions_at((enum call_id)call);
        for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++)
            for (int err = 0; err < 134; err++)
                each |= legal_conditions((enum call_id)call, (enum fault_kind)fault, err);
        cr_expect_eq(each & ~all, 0, "%s", call_info((enum call_id)call)->name);
    }
    cr_expect_eq(legal_conditions_at(CALL_socket) & CONDITION_SET(PARTIAL), 0);
    cr_expect_neq(legal_conditions_at(CALL_recv) & CONDITION_SET(PARTIAL), 0);
}
