/* The rules of a board: how they come to it and go, and which calls must not take the fast path for them. */
#include "shim/model/board.h"
#include "shim/model/decide.h"
#include "shim/model/legal.h"

static void arm_all(struct board *board)
{
    for (int i = 0; i < CALL_SET_WORDS; i++)
        atomic_store(&board->armed[i], UINT64_MAX);
}

void board_arm_all(struct board *board)
{
    atomic_store(&board->keep_armed, 1);
    arm_all(board);
}

/* Calls whose outcome must be known for the rest to make sense: they make, end, connect, name and deafen
 * sockets. */
static void add_trackers(struct call_set *set)
{
    static const enum call_family tracked[] = {FAMILY_ACCEPT, FAMILY_CONNECT, FAMILY_CREATE, FAMILY_END,
                                               FAMILY_DUPLICATE};
    for (size_t i = 0; i < sizeof tracked / sizeof *tracked; i++)
        call_set_add_family(set, tracked[i]);
    call_set_add(set, CALL_bind);
    call_set_add(set, CALL_listen);
    call_set_add(set, CALL_setsockopt);
    for (int id = 0; id < CALL_COUNT; id++) /* numbers that come in messages mean something new */
        if (call_info((enum call_id)id)->traits & PASSES_FDS)
            call_set_add(set, (enum call_id)id);
}

static bool receives(const struct call_set *set)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_set_has(set, (enum call_id)id) && call_info((enum call_id)id)->family == FAMILY_RECEIVE)
            return true;
    return false;
}

/* All that any row needs to know of the rule's fault at the rule's calls. */
static conditions wanted_by(const struct rule *rule)
{
    conditions wanted = 0;
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_set_has(&rule->calls, (enum call_id)id))
            wanted |= legal_conditions((enum call_id)id, (enum fault_kind)rule->fault, rule->err);
    return wanted;
}

/*
 * What a rule must see besides its own calls: the bytes that went before (after=, and whether data is
 * unanswered), and what has told the program of data, which then must come before an error or an end.
 */
static void add_witnesses(struct call_set *set, const struct rule *rule)
{
    conditions wanted = wanted_by(rule);
    bool ends = rule->fault == FAULT_ERROR || rule->fault == FAULT_RESET || rule->fault == FAULT_EOF;
    const conditions knowing =
        CONDITION_SET(UNTOLD) | CONDITION_SET(IDLE) | CONDITION_SET(PENDING) | CONDITION_SET(TIGHT);
    const conditions moving =
        CONDITION_SET(UNANSWERED) | CONDITION_SET(SENT) | CONDITION_SET(PENDING) | CONDITION_SET(TIGHT);
    bool told = (ends && receives(&rule->calls)) || wanted & knowing;
    bool counts = rule->after_bytes > 0 || rule->until_bytes < UINT64_MAX || rule->in_bytes;
    if (counts || told || rule->match.len > 0 || wanted & moving) {
        call_set_add_family(set, FAMILY_RECEIVE);
        call_set_add_family(set, FAMILY_SEND);
    }
    if (rule->fault == FAULT_SHORT &&
        receives(&rule->calls)) { /* what FIONREAD or MSG_PEEK told of comes whole */
        call_set_add_family(set, FAMILY_RECEIVE);
        call_set_add(set, CALL_ioctl);
    }
    if (wanted & CONDITION_SET(WHOLE)) /* what was sent of a datagram before */
        call_set_add_family(set, FAMILY_SEND);
    if (wanted & (CONDITION_SET(SHARED) | CONDITION_SET(DOUBTFUL))) { /* who else uses the socket */
        call_set_add_family(set, FAMILY_RECEIVE);
        call_set_add_family(set, FAMILY_ACCEPT);
        call_set_add(set, CALL_epoll_ctl); /* ... and what an epoll waits for */
    }
    if (wanted & CONDITION_SET(PENDING)) /* who is asked for tells that somebody is there */
        call_set_add(set, CALL_getpeername);
    if (wanted & CONDITION_SET(SYSTEMIC)) /* which lookup is the first */
        call_set_add_family(set, FAMILY_RESOLVE);
    if (told) {
        call_set_add_family(set, FAMILY_WAIT);
        call_set_add(set, CALL_ioctl);
        call_set_add(set, CALL_epoll_ctl);
    }
}

static void store(_Atomic uint64_t *words, const struct call_set *set)
{
    for (int w = 0; w < CALL_SET_WORDS; w++)
        atomic_store(&words[w], set->bits[w]);
}

/* What the rules ask for besides their own calls: looks at what has come, and a word before waits tell. */
static void arm_looks(struct board *board, uint32_t count)
{
    struct call_set looks = {{0}};
    bool aheads = false;
    for (uint32_t i = board_rule_next(board, 0, count); i < count; i = board_rule_next(board, i + 1, count))
        for (int id = 0; id < CALL_COUNT; id++) {
            if (!call_set_has(&board->rules[i].calls, (enum call_id)id))
                continue;
            if (call_info((enum call_id)id)->family == FAMILY_RECEIVE)
                aheads = aheads || decide_comes_ahead(&board->rules[i]);
            if (decide_looks(&board->rules[i], (enum call_id)id))
                call_set_add(&looks, (enum call_id)id);
        }
    store(board->looks, &looks);
    atomic_store(&board->aheads, aheads);
}

/* For the first `count` rules, which need not count yet. */
static void arm(struct board *board, uint32_t count)
{
    struct call_set set = {{0}};
    arm_looks(board, count);
    /* Who advances the clock has to know of every wait. */
    if (atomic_load(&board->flags) & (BOARD_TRACING | BOARD_VIRTUAL)) {
        arm_all(board);
        return;
    }
    for (uint32_t i = board_rule_next(board, 0, count); i < count; i = board_rule_next(board, i + 1, count)) {
        for (int w = 0; w < CALL_SET_WORDS; w++)
            set.bits[w] |= board->rules[i].calls.bits[w];
        add_witnesses(&set, &board->rules[i]);
    }
    if (count >
        0) /* of rules that are gone as well: what is known of descriptors must be true for the next */
        add_trackers(&set);
    store(board->armed, &set);
    /* Looked at last: the program may be arming everything at this moment. */
    if (atomic_load(&board->keep_armed))
        arm_all(board);
}

void board_arm(struct board *board)
{
    arm(board, board_rules(board));
}

/* Fills in the i-th rule, which does not count yet. `table`: the matcher it has if it needs one. */
static void put_rule(struct board *board, uint32_t i, const struct rule *rule, uint32_t table, int64_t now_ns)
{
    board->rules[i] = *rule;
    board->rules[i].match.table = table;
    if (rule->match.len > 0 && !rule->match.regex)
        matcher_literal(&board->matchers[table], rule->match.bytes, rule->match.len);
    atomic_store(&board->counts[i].since_ns, rule->sleeps_on == 0 ? now_ns : 0);
}

static uint32_t count_matchers(const struct rule *rules, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += rules[i].match.len > 0;
    return n;
}

int board_rules_put(struct board *board, const struct rule *rules, uint32_t count, int64_t now_ns)
{
    uint32_t first = board_rules(board), table = atomic_load(&board->matcher_count);
    if (count > BOARD_RULES - first || table > BOARD_MATCHERS ||
        count_matchers(rules, count) > BOARD_MATCHERS - table)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        put_rule(board, first + i, &rules[i], table, now_ns);
        table += rules[i].match.len > 0;
    }
    return (int)first;
}

/* The rules put last are there from now on. */
static void count_in(struct board *board, uint32_t count)
{
    uint32_t first = board_rules(board);
    atomic_fetch_add(&board->matcher_count, count_matchers(&board->rules[first], count));
    for (uint32_t i = first; i < first + count; i++)
        atomic_fetch_or(&board->rules_on[i / 64], UINT64_C(1) << i % 64);
    arm(board, first + count); /* before: no call is to find half of what a rule needs */
    atomic_store_explicit(&board->rule_count, first + count, memory_order_release);
}

void board_rules_publish(struct board *board, uint32_t count)
{
    if (count > BOARD_RULES - board_rules(board))
        return;
    atomic_fetch_add(&board->additions, 1);
    count_in(board, count);
}

void board_init(struct board *board, const struct rule *rules, uint32_t rule_count, uint64_t seed,
                uint32_t flags, int64_t now_ns)
{
    board->magic = BOARD_MAGIC;
    board->version = BOARD_VERSION;
    board->size = sizeof *board;
    board->seed = seed;
    rule_count = rule_count < BOARD_RULES ? rule_count : BOARD_RULES;
    atomic_store(&board->began_ns, now_ns);
    atomic_store(&board->flags, flags);
    board_rules_put(board, rules, rule_count, now_ns);
    count_in(board, rule_count);
}

bool board_rule_remove(struct board *board, uint32_t index)
{
    uint64_t bit = UINT64_C(1) << index % 64;
    if (index >= board_rules(board) || !(atomic_fetch_and(&board->rules_on[index / 64], ~bit) & bit))
        return false;
    board_arm(board);
    return true;
}
