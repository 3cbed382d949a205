#include "shim/model/decide.h"
#include "shim/model/select.h"

#include <errno.h>
#include <string.h>

/* What tells one draw of a rule from another. */
enum salt {
    SALT_SCOPE,
    SALT_ORDINAL,
    SALT_CHANCE,
    SALT_DELAY,
    SALT_CHOICE,
    SALT_RATE,
    SALT_RATE_BASE,
    SALT_APART,
    SALT_APART_ALL
};

bool decide_ends_connection(const struct rule *rule)
{
    if (rule->fault == FAULT_ERROR)
        return rule->err == ETIMEDOUT || rule->err == EHOSTUNREACH || rule->err == ENETUNREACH ||
               rule->err == ECONNREFUSED || rule->err == ECONNRESET;
    return rule->fault == FAULT_RESET || rule->fault == FAULT_EOF;
}

/* What may befall a datagram on its way, so that it is not there when the program is told of it. */
static bool keeps_away(const struct rule *rule)
{
    return rule->fault == FAULT_DROP || rule->fault == FAULT_REORDER || rule->fault == FAULT_CORRUPT;
}

bool decide_comes_ahead(const struct rule *rule)
{
    return decide_ends_connection(rule) || keeps_away(rule);
}

bool decide_looks(const struct rule *rule, enum call_id call)
{
    bool fate = keeps_away(rule) || rule->fault == FAULT_DUPLICATE;
    if (call == CALL_sendmmsg)
        return fate;
    return call_info(call)->family == FAMILY_RECEIVE &&
           (fate || rule->match.len > 0 || rule->fault == FAULT_TRUNCATE);
}

/* A datagram that a checksum betrays is filtered out by waits for some sockets, and for others comes to
 * nothing at the receive. */
static bool is_ahead(const struct rule *rule, const struct query *q)
{
    return decide_comes_ahead(rule) && (rule->fault != FAULT_CORRUPT || (q->filtered && !rule->force));
}

static bool has_its_phase(const struct rule *rule, const struct query *q)
{
    bool looks = decide_looks(rule, q->call);
    switch (q->phase) {
    case DECIDE_ACCEPTED:
        return legal_once_accepted(q->call, rule->fault, rule->err);
    case DECIDE_AHEAD: /* once more: for what a wait before did not find out */
        return is_ahead(rule, q) && (!q->was_ahead || rule->fault == FAULT_CORRUPT);
    default:
        if (looks != (q->phase == DECIDE_ARRIVED) || legal_once_accepted(q->call, rule->fault, rule->err))
            return false;
        return !q->was_ahead || !is_ahead(rule, q) || !call_set_has(&rule->calls, q->foreseen);
    }
}

static bool turn_has_come(const struct rule *rule, uint64_t n)
{
    return n >= rule->when_first && n <= rule->when_last && (n - rule->when_first) % rule->when_step == 0;
}

static bool draws(const struct rule *rule)
{
    return rule->chance_ppm < 1000000 || rule->delay_min_ns != rule->delay_max_ns ||
           rule->fault == FAULT_CORRUPT;
}

/*
 * The call's number among those the rule matched on this connection: the same whatever other threads do. It
 * takes a counter a connection, so only what draws may ask for it.
 */
static uint64_t ordinal(struct board *board, uint32_t index, const struct query *q)
{
    uint64_t n = board_count(board, draw(index, q->role, q->connection, 0, 0, SALT_ORDINAL));
    /* No counter is left: better a number that others change than the same draw for ever. */
    return n ? n : atomic_load(&board->counts[index].matched);
}

static uint64_t rule_draw(const struct board *board, const struct rule *rule, const struct query *q,
                          uint64_t n, uint64_t salt)
{
    const char *process = board->roles[q->role].name;
    return draw(board->seed, rule->text_hash, hash_bytes(process, strnlen(process, BOARD_ROLE_NAME)),
                q->connection, n, salt);
}

/* One more firing, unless `times` is used up. Exact also when threads race for the last one. */
static bool fire(const struct rule *rule, struct board_rule_count *count, int64_t now_ns)
{
    uint64_t fired = atomic_load(&count->fired);
    do {
        if (rule->times && fired >= rule->times)
            return false;
    } while (!atomic_compare_exchange_weak(&count->fired, &fired, fired + 1));
    if (fired + 1 == (rule->times ? rule->times : 1))
        atomic_store(&count->done_ns, now_ns);
    return true;
}

static void count_refusal(struct board_rule_count *count, enum condition_bit missing)
{
    atomic_fetch_add(&count->refused, 1);
    atomic_store(&count->refused_why, missing == CONDITION_COUNT ? 0 : 1 + (uint32_t)missing);
}

/* The row that makes the fault legal here; NULL: refused, and counted as such. */
static const struct legal_row *judge(const struct rule *rule, struct board_rule_count *count,
                                     const struct query *q)
{
    enum condition_bit missing = CONDITION_COUNT;
    conditions wanted = legal_conditions(q->call, rule->fault, rule->err);
    conditions facts = wanted ? q->facts(q->context, wanted) : 0;
    const struct legal_row *row = legal_find(q->call, rule->fault, rule->err, facts, &missing);
    if (row && rule->force && rule->fault == FAULT_CORRUPT && row->recipe != RECIPE_FLIP)
        return NULL; /* damage that no checksum keeps away */
    if (!row && !rule->force)
        count_refusal(count, missing);
    return row;
}

static uint64_t cut_length(const struct rule *rule, uint64_t asked)
{
    uint64_t length = rule->amount;
    if (rule->amount_kind == AMOUNT_PERCENT)
        length = asked / 100 * rule->amount + asked % 100 * rule->amount / 100;
    else if (rule->amount_kind == AMOUNT_ALL_BUT)
        length = asked > rule->amount ? asked - rule->amount : 1;
    return length > 0 ? length : 1;
}

/* What a short call has less of: messages, where it counts them, else bytes. */
static uint64_t units(const struct query *q)
{
    return q->messages ? q->messages : q->asked;
}

/* What a forced fault does where no row says how: the plainest thing. */
static enum recipe forced_recipe(const struct rule *rule, const struct query *q)
{
    switch (rule->fault) {
    case FAULT_SHORT:
        return q->messages ? RECIPE_FEWER : RECIPE_CUT;
    case FAULT_EOF:
        return RECIPE_LOCAL_EOF;
    case FAULT_CORRUPT:
        return RECIPE_FLIP;
    case FAULT_TRUNCATE:
        return RECIPE_TRUNCATE;
    case FAULT_DROP:
        return RECIPE_LOSE;
    case FAULT_DUPLICATE:
        return RECIPE_TWICE;
    case FAULT_REORDER:
        return RECIPE_HOLD;
    case FAULT_SPURIOUS:
        return RECIPE_WAKE;
    case FAULT_SILENCE:
        return RECIPE_SILENCE;
    default:
        return RECIPE_PLAIN;
    }
}

/* One more call at that rate: how long it has to wait for its turn. */
static int64_t wait_for_turn(struct board *board, const struct rule *rule, const struct query *q, uint32_t i)
{
    uint64_t key = draw(i, rule->scope, select_scope(rule->scope, q), 0, 0, SALT_RATE);
    _Atomic uint64_t *next = board_cell(board, key);
    if (!next)
        return 0;
    uint64_t now = (uint64_t)q->now_ns, due = atomic_load(next), mine;
    do
        mine = due > now ? due : now;
    while (!atomic_compare_exchange_weak(next, &due, mine + 1000000000 / rule->amount));
    return (int64_t)(mine - now);
}

/* As long as the connection's bytes, since the rule first saw it, should have taken. */
static int64_t wait_for_bytes(struct board *board, const struct rule *rule, const struct query *q, uint32_t i)
{
    _Atomic uint64_t *start = board_cell(board, draw(i, q->role, q->connection, 0, 0, SALT_RATE));
    _Atomic uint64_t *base = board_cell(board, draw(i, q->role, q->connection, 0, 0, SALT_RATE_BASE));
    uint64_t none = 0;
    if (!start || !base || q->connection == 0)
        return 0;
    if (atomic_load(start) == 0) {
        atomic_store(base, q->bytes);
        atomic_compare_exchange_strong(start, &none, (uint64_t)q->now_ns);
    }
    uint64_t bytes = q->bytes - atomic_load(base);
    double due = (double)atomic_load(start) + (double)bytes * 1e9 / (double)rule->amount;
    return due > (double)q->now_ns ? (int64_t)(due - (double)q->now_ns) : 0;
}

static int64_t rate_wait(struct board *board, const struct rule *rule, const struct query *q, uint32_t i)
{
    return rule->in_bytes ? wait_for_bytes(board, rule, q, i) : wait_for_turn(board, rule, q, i);
}

static void take_delay(const struct board *board, const struct rule *rule, const struct query *q, uint64_t n,
                       int i, struct decision *d)
{
    uint64_t width = (uint64_t)(rule->delay_max_ns - rule->delay_min_ns) + 1;
    d->delay_ns += rule->delay_min_ns;
    if (width > 1)
        d->delay_ns += (int64_t)(rule_draw(board, rule, q, n, SALT_DELAY) % width);
    d->delay_rule = i;
}

static void take_fault(const struct rule *rule, const struct legal_row *row, const struct query *q, int i,
                       struct decision *d)
{
    d->rule = i;
    d->recipe = row ? row->recipe : forced_recipe(rule, q);
    d->err = rule->err;
    d->eof_full = rule->eof_full;
    d->forced = !row;
    d->length = rule->fault == FAULT_SHORT ? cut_length(rule, units(q)) : rule->amount;
}

/* A cut that leaves everything as it was asked does nothing, and does not count. */
static bool does_nothing(const struct rule *rule, const struct query *q)
{
    return rule->fault == FAULT_SHORT && units(q) > 0 && cut_length(rule, units(q)) >= units(q);
}

/* A call that would carry more than the rule lets through before it ends the connection stops at that byte.
 */
static void stop_at_boundary(const struct rule *rule, const struct query *q, struct decision *d)
{
    uint64_t room = rule->after_bytes - q->bytes;
    enum call_family family = call_info(q->call)->family;
    bool stops = decide_ends_connection(rule) || rule->fault == FAULT_SILENCE;
    if (!stops || q->phase == DECIDE_AHEAD || q->asked <= room || (d->boundary && d->boundary <= room))
        return;
    if ((family != FAMILY_RECEIVE && family != FAMILY_SEND) || q->messages)
        return;
    conditions facts = q->facts(q->context, legal_conditions(q->call, FAULT_SHORT, 0));
    if (legal_find(q->call, FAULT_SHORT, 0, facts, NULL))
        d->boundary = room;
}

static void keep_boundary(struct decision *d)
{
    if (d->rule >= 0 && d->recipe != RECIPE_CUT)
        return;
    d->length = d->recipe == RECIPE_CUT && d->length < d->boundary ? d->length : d->boundary;
    d->recipe = RECIPE_CUT;
}

/* A fault that replaces or changes the call, or a stall before it. */
static void take(struct board *board, uint32_t i, const struct query *q, uint64_t n, int64_t stall_ns,
                 const struct legal_row *row, struct decision *d)
{
    const struct rule *rule = &board->rules[i];
    if (rule->fault == FAULT_DELAY) {
        take_delay(board, rule, q, n, (int)i, d);
    } else if (rule->fault == FAULT_RATE) {
        d->delay_ns += stall_ns;
        d->delay_rule = (int)i;
    } else {
        take_fault(rule, row, q, (int)i, d);
        d->draw = rule_draw(board, rule, q, n, SALT_CHOICE);
    }
}

/* The call's number as a rule that is about it alone would count (query.fires). */
static uint64_t count_apart(struct board *board, uint32_t i, const struct query *q)
{
    if (!select_apart(board, i, q))
        return 0;
    uint64_t all = board_count(board, draw(i, q->role, q->call, 0, 0, SALT_APART_ALL));
    return q->connection == 0 ? all
                              : board_count(board, draw(i, q->role, q->connection, q->call, 0, SALT_APART));
}

static void try_rule(struct board *board, uint32_t i, const struct query *q, struct decision *d)
{
    const struct rule *rule = &board->rules[i];
    struct board_rule_count *count = &board->counts[i];
    bool stalls = rule->fault == FAULT_DELAY || rule->fault == FAULT_RATE;
    int64_t stall_ns = 0;
    bool due = has_its_phase(rule, q);
    if (!due && rule->after_bytes == 0)
        return;
    uint64_t apart = due && q->fires ? count_apart(board, i, q) : 0;
    enum selection selection = select_call(board, i, q);
    if (selection == SELECT_BEFORE)
        stop_at_boundary(rule, q, d);
    if (!due || selection != SELECT_FITS)
        return;
    atomic_fetch_add(&count->matched, 1);
    uint64_t turn = board_count(board, draw(i, rule->scope, select_scope(rule->scope, q), 0, 0, SALT_SCOPE));
    uint64_t n = draws(rule) ? ordinal(board, i, q) : 0;
    if (!turn_has_come(rule, turn) || (!stalls && d->rule >= 0) || does_nothing(rule, q))
        return;
    if (rule_draw(board, rule, q, n, SALT_CHANCE) % 1000000 >= rule->chance_ppm)
        return;
    if (rule->fault == FAULT_RATE && (stall_ns = rate_wait(board, rule, q, i)) == 0)
        return;
    const struct legal_row *row = judge(rule, count, q);
    if ((!row && !rule->force) || !fire(rule, count, q->now_ns))
        return;
    if (!row)
        atomic_fetch_add(&count->forced, 1);
    int64_t delay_ns = d->delay_ns;
    take(board, i, q, n, stall_ns, row, d);
    if (q->fires)
        q->fires(q->context, i, apart, d->delay_ns - delay_ns, d->rule == (int)i ? d->length : 0);
}

bool decide(struct board *board, const struct query *query, struct decision *ret)
{
    *ret = (struct decision){.rule = -1, .delay_rule = -1};
    if (atomic_load_explicit(&board->paused, memory_order_relaxed))
        return false;
    uint32_t count = board_rules(board);
    for (uint32_t i = board_rule_next(board, 0, count); i < count; i = board_rule_next(board, i + 1, count))
        try_rule(board, i, query, ret);
    if (ret->boundary)
        keep_boundary(ret);
    return ret->rule >= 0 || ret->boundary || ret->delay_rule >= 0;
}

void decision_undo(struct board *board, struct decision *decision)
{
    if (decision->rule < 0)
        return;
    atomic_fetch_sub(&board->counts[decision->rule].fired, 1);
    if (decision->forced)
        atomic_fetch_sub(&board->counts[decision->rule].forced, 1);
    decision->rule = -1;
    decision->recipe = RECIPE_NONE;
}

void decision_refuse(struct board *board, struct decision *decision, enum condition_bit missing)
{
    if (decision->rule >= 0)
        count_refusal(&board->counts[decision->rule], missing);
    decision_undo(board, decision);
}
