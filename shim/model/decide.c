#include "shim/model/decide.h"
#include "shim/model/endpoint.h"

#include <errno.h>
#include <string.h>

/* What tells one draw of a rule from another. */
enum salt { SALT_SCOPE, SALT_ORDINAL, SALT_CHANCE, SALT_DELAY };

bool decide_ends_connection(const struct rule *rule)
{
    if (rule->fault == FAULT_ERROR)
        return rule->err == ETIMEDOUT || rule->err == EHOSTUNREACH || rule->err == ENETUNREACH ||
               rule->err == ECONNREFUSED || rule->err == ECONNRESET;
    return rule->fault == FAULT_RESET || rule->fault == FAULT_EOF;
}

static bool has_its_phase(const struct rule *rule, const struct query *q)
{
    if (call_info(q->call)->family == FAMILY_ACCEPT)
        return legal_once_accepted(q->call, rule->fault, rule->err) == (q->phase == DECIDE_ACCEPTED);
    if (q->phase == DECIDE_ALL)
        return true;
    if (!decide_ends_connection(rule))
        return q->phase == DECIDE_REST;
    return q->phase == DECIDE_AHEAD || !call_set_has(&rule->calls, q->foreseen);
}

/* "client" means client#1, client#2 and client#next too: the instances of one process of a scenario. */
static bool is_process(const char *wanted, const char *role)
{
    size_t len = strnlen(wanted, RULE_PROCESS_MAX - 1);
    return strncmp(wanted, role, len) == 0 && (role[len] == '\0' || role[len] == '#');
}

/* read(2), write(2) and sendfile(2) serve files and pipes as well: those are none of a rule's business. */
static bool concerns_sockets(enum call_id call)
{
    enum call_family family = call_info(call)->family;
    return family == FAMILY_RECEIVE || family == FAMILY_SEND;
}

static bool selects(const struct board *board, const struct rule *rule, const struct query *q)
{
    if (!call_set_has(&rule->calls, q->call))
        return false;
    if (rule->process[0] && !is_process(rule->process, board->roles[q->role].name))
        return false;
    if (rule->fd >= 0 && rule->fd != q->fd)
        return false;
    if (!q->is_socket && rule->fd < 0 && !rule->force && concerns_sockets(q->call))
        return false;
    return !rule->has_peer || endpoint_matches(&rule->peer, q->peer);
}

/* Who shares a count with this call, as far as the rule's scope goes. */
static uint64_t scope_id(enum rule_scope scope, const struct query *q)
{
    switch (scope) {
    case SCOPE_PROCESS:
        return q->role;
    case SCOPE_THREAD:
        return (uint64_t)q->tid << 8 | q->role;
    case SCOPE_CONNECTION:
        return (uint64_t)q->connection << 8 | q->role;
    case SCOPE_SITE:
        return draw(q->site, q->role, 0, 0, 0, SALT_SCOPE);
    default:
        return 0;
    }
}

static bool turn_has_come(const struct rule *rule, uint64_t n)
{
    return n >= rule->when_first && n <= rule->when_last && (n - rule->when_first) % rule->when_step == 0;
}

static bool draws(const struct rule *rule)
{
    return rule->chance_ppm < 1000000 || rule->delay_min_ns != rule->delay_max_ns;
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
static bool fire(const struct rule *rule, struct board_rule_count *count)
{
    uint64_t fired = atomic_load(&count->fired);
    do {
        if (rule->times && fired >= rule->times)
            return false;
    } while (!atomic_compare_exchange_weak(&count->fired, &fired, fired + 1));
    return true;
}

/* The row that makes the fault legal here; NULL: refused, and counted as such. */
static const struct legal_row *judge(const struct rule *rule, struct board_rule_count *count,
                                     const struct query *q)
{
    enum condition_bit missing = CONDITION_COUNT;
    conditions wanted = legal_conditions(q->call, rule->fault, rule->err);
    conditions facts = wanted ? q->facts(q->context, wanted) : 0;
    const struct legal_row *row = legal_find(q->call, rule->fault, rule->err, facts, &missing);
    if (!row && !rule->force) {
        atomic_fetch_add(&count->refused, 1);
        atomic_store(&count->refused_why, missing == CONDITION_COUNT ? 0 : 1 + (uint32_t)missing);
    }
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

/* What a forced fault does where no row says how: the plainest thing. */
static enum recipe forced_recipe(const struct rule *rule)
{
    switch (rule->fault) {
    case FAULT_SHORT:
        return RECIPE_CUT;
    case FAULT_EOF:
        return RECIPE_LOCAL_EOF;
    default:
        return RECIPE_PLAIN;
    }
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
    d->recipe = row ? row->recipe : forced_recipe(rule);
    d->err = rule->err;
    d->eof_full = rule->eof_full;
    d->forced = !row;
    if (rule->fault == FAULT_SHORT)
        d->length = cut_length(rule, q->asked);
}

/* A cut that leaves everything as it was asked does nothing, and does not count. */
static bool does_nothing(const struct rule *rule, const struct query *q)
{
    return rule->fault == FAULT_SHORT && q->asked > 0 && cut_length(rule, q->asked) >= q->asked;
}

/* A call that would carry more than the rule lets through before it ends the connection stops at that byte.
 */
static void stop_at_boundary(const struct rule *rule, const struct query *q, struct decision *d)
{
    uint64_t room = rule->after_bytes - q->bytes;
    enum call_family family = call_info(q->call)->family;
    if (!decide_ends_connection(rule) || q->phase == DECIDE_AHEAD || q->asked <= room ||
        (d->boundary && d->boundary <= room))
        return;
    if (family != FAMILY_RECEIVE && family != FAMILY_SEND)
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

static void try_rule(struct board *board, uint32_t i, const struct query *q, struct decision *d)
{
    const struct rule *rule = &board->rules[i];
    struct board_rule_count *count = &board->counts[i];
    bool is_delay = rule->fault == FAULT_DELAY;
    if (!selects(board, rule, q))
        return;
    if (q->bytes < rule->after_bytes) {
        stop_at_boundary(rule, q, d);
        return;
    }
    if (!has_its_phase(rule, q))
        return;
    atomic_fetch_add(&count->matched, 1);
    uint64_t turn = board_count(board, draw(i, rule->scope, scope_id(rule->scope, q), 0, 0, SALT_SCOPE));
    uint64_t n = draws(rule) ? ordinal(board, i, q) : 0;
    if (!turn_has_come(rule, turn) || (!is_delay && d->rule >= 0) || does_nothing(rule, q))
        return;
    if (rule_draw(board, rule, q, n, SALT_CHANCE) % 1000000 >= rule->chance_ppm)
        return;
    const struct legal_row *row = judge(rule, count, q);
    if ((!row && !rule->force) || !fire(rule, count))
        return;
    if (!row)
        atomic_fetch_add(&count->forced, 1);
    if (is_delay)
        take_delay(board, rule, q, n, (int)i, d);
    else
        take_fault(rule, row, q, (int)i, d);
}

bool decide(struct board *board, const struct query *query, struct decision *ret)
{
    *ret = (struct decision){.rule = -1, .delay_rule = -1};
    if (atomic_load_explicit(&board->paused, memory_order_relaxed))
        return false;
    for (uint32_t i = 0; i < board->rule_count; i++)
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
