#include "shim/model/board.h"
#include "shim/model/decide.h"
#include "shim/model/legal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

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

/* Calls whose outcome must be known for the rest to make sense: they make, end, connect and name sockets. */
static void add_trackers(struct call_set *set)
{
    static const enum call_family tracked[] = {FAMILY_ACCEPT, FAMILY_CONNECT, FAMILY_CREATE, FAMILY_END,
                                               FAMILY_DUPLICATE};
    for (size_t i = 0; i < sizeof tracked / sizeof *tracked; i++)
        call_set_add_family(set, tracked[i]);
    call_set_add(set, CALL_bind);
    call_set_add(set, CALL_listen);
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
    bool told = (ends && receives(&rule->calls)) || wanted & (CONDITION_SET(UNTOLD) | CONDITION_SET(IDLE));
    bool counts = rule->after_bytes > 0 || rule->until_bytes < UINT64_MAX || rule->in_bytes;
    if (counts || told || rule->match.len > 0 || wanted & (CONDITION_SET(UNANSWERED) | CONDITION_SET(SENT))) {
        call_set_add_family(set, FAMILY_RECEIVE);
        call_set_add_family(set, FAMILY_SEND);
    }
    if (rule->fault == FAULT_SHORT &&
        receives(&rule->calls)) { /* what FIONREAD or MSG_PEEK told of comes whole */
        call_set_add_family(set, FAMILY_RECEIVE);
        call_set_add(set, CALL_ioctl);
    }
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
    if (atomic_load(&board->flags) & BOARD_TRACING) {
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
    rule_count = rule_count < RULES_MAX ? rule_count : RULES_MAX;
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

bool board_valid(const struct board *board, size_t size)
{
    return size >= sizeof *board && board->magic == BOARD_MAGIC && board->version == BOARD_VERSION &&
           board->size == sizeof *board && atomic_load(&board->rule_count) <= BOARD_RULES;
}

enum { ROLE_FREE, ROLE_WRITING, ROLE_THERE };

/* Whether that slot has (or now got) the name. A slot that another process is writing is waited for: it is
 * one copy. */
static bool role_take(struct board_role *role, const char *name)
{
    uint32_t state = ROLE_FREE;
    if (atomic_compare_exchange_strong(&role->state, &state, ROLE_WRITING)) {
        strncpy(role->name, name, sizeof role->name - 1);
        atomic_store(&role->state, ROLE_THERE);
        return true;
    }
    for (int i = 0; i < 1000000 && state == ROLE_WRITING; i++)
        state = atomic_load(&role->state);
    return strncmp(role->name, name, sizeof role->name - 1) == 0;
}

uint32_t board_role(struct board *board, const char *name)
{
    uint32_t i = 0;
    while (i < BOARD_ROLES - 1 && !role_take(&board->roles[i], name))
        i++;
    return i;
}

static bool claim(struct board_process *process, uint32_t from, pid_t pid)
{
    if (!atomic_compare_exchange_strong(&process->state, &from, BOARD_PROCESS_CLAIMED))
        return false;
    atomic_store(&process->pid, pid);
    atomic_store(&process->listening, 0);
    atomic_store(&process->waits_after_listening, 0);
    atomic_store(&process->port_count, 0);
    atomic_store(&process->module_count, 0);
    return true;
}

struct board_process *board_process_claim(struct board *board, pid_t pid)
{
    struct board_process *all = board->processes;
    /* An exec keeps the pid: the same slot says hello again. */
    for (int i = 0; i < BOARD_PROCESSES && atomic_load(&all[i].state) != BOARD_PROCESS_FREE; i++)
        if (atomic_load(&all[i].pid) == pid && claim(&all[i], BOARD_PROCESS_HELLO, pid))
            return &all[i];
    for (int i = 0; i < BOARD_PROCESSES; i++)
        if (claim(&all[i], BOARD_PROCESS_FREE, pid))
            return &all[i];
    for (int i = 0; i < BOARD_PROCESSES; i++)
        if (kill(atomic_load(&all[i].pid), 0) < 0 && errno == ESRCH &&
            claim(&all[i], BOARD_PROCESS_HELLO, pid))
            return &all[i];
    return NULL;
}

struct trace_record *board_trace_begin(struct board *board, uint64_t *ret_number)
{
    *ret_number = atomic_fetch_add_explicit(&board->trace_head, 1, memory_order_relaxed);
    struct trace_record *record = &board->trace[*ret_number % BOARD_TRACE];
    atomic_store_explicit(&record->sequence, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    return record;
}

void board_trace_commit(struct trace_record *record, uint64_t number)
{
    atomic_store_explicit(&record->sequence, number + 1, memory_order_release);
}

int board_trace_read(const struct board *board, uint64_t number, struct trace_record *ret)
{
    if (atomic_load(&board->trace_head) > number + BOARD_TRACE)
        return -1;
    const struct trace_record *record = &board->trace[number % BOARD_TRACE];
    uint64_t before = atomic_load_explicit(&record->sequence, memory_order_acquire);
    if (before != number + 1)
        return before > number + 1 ? -1 : 0;
    memcpy(ret, record, sizeof *ret);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&record->sequence, memory_order_relaxed) == number + 1 ? 1 : -1;
}

/* A table that is nearly full must not make every call a walk through it. */
enum { COUNTER_PROBES = 1024 };

_Atomic uint64_t *board_cell(struct board *board, uint64_t key)
{
    key = key ? key : 1;
    for (uint64_t i = 0; i < COUNTER_PROBES; i++) {
        struct board_counter *counter = &board->counters[(key + i) % BOARD_COUNTERS];
        uint64_t there = atomic_load_explicit(&counter->key, memory_order_relaxed);
        if (there == 0 && atomic_compare_exchange_strong(&counter->key, &there, key))
            there = key;
        if (there == key)
            return &counter->count;
    }
    atomic_fetch_add(&board->counters_lost, 1);
    return NULL;
}

uint64_t board_count(struct board *board, uint64_t key)
{
    _Atomic uint64_t *count = board_cell(board, key);
    return count ? atomic_fetch_add(count, 1) + 1 : 0;
}
