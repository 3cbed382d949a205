#include "shim/model/select.h"
#include "shim/model/endpoint.h"

#include <string.h>

/* "client" means client#1, client#2 and client#next too: the instances of one process of a scenario. */
static bool is_process(const char *wanted, const char *role)
{
    size_t len = strnlen(wanted, RULE_PROCESS_MAX - 1);
    return strncmp(wanted, role, len) == 0 && (role[len] == '\0' || role[len] == '#');
}

bool select_concerns(enum call_id call, bool is_socket)
{
    enum call_family family = call_info(call)->family;
    return is_socket || (family != FAMILY_RECEIVE && family != FAMILY_SEND);
}

/* What can be told without asking anybody. */
static bool names_call(const struct board *board, const struct rule *rule, const struct query *q)
{
    if (!call_set_has(&rule->calls, q->call))
        return false;
    if (rule->process[0] && !is_process(rule->process, board->roles[q->role].name))
        return false;
    if (rule->fd >= 0 && rule->fd != q->fd)
        return false;
    if (rule->fd < 0 && !rule->force && !select_concerns(q->call, q->is_socket))
        return false;
    if (rule->conn_first > 0 && (q->connection < rule->conn_first || q->connection > rule->conn_last))
        return false;
    if (rule->has_local && !endpoint_matches(&rule->local, q->local))
        return false;
    return !rule->has_peer || endpoint_matches(&rule->peer, q->peer);
}

/* When the rule began to apply; 0: it sleeps. One that is started by another rule began when that was done,
 * however long it was before a call was looked at that could tell. */
static int64_t began(struct board *board, uint32_t index, int64_t now_ns)
{
    const struct rule *rule = &board->rules[index];
    struct board_rule_count *count = &board->counts[index];
    int64_t since = atomic_load(&count->since_ns);
    if (since != 0 || rule->sleeps_on == 0 || rule->sleeps_on > BOARD_RULES)
        return since;
    uint32_t starter = rule->sleeps_on - 1;
    uint64_t needed = board->rules[starter].times;
    if (atomic_load(&board->counts[starter].fired) < (needed ? needed : 1))
        return 0;
    int64_t done = atomic_load(&board->counts[starter].done_ns);
    now_ns = done ? done : now_ns; /* 0: it is being written just now */
    atomic_compare_exchange_strong(&count->since_ns, &since, now_ns);
    return since ? since : now_ns;
}

static bool in_time(struct board *board, uint32_t index, const struct query *q)
{
    const struct rule *rule = &board->rules[index];
    int64_t since = began(board, index, q->now_ns), age = q->now_ns - since;
    if (rule->sleeps_on > 0 && since == 0)
        return false;
    if (age < 0) /* the call began before the rule did */
        age = 0;
    return age >= rule->after_ns && age < rule->until_ns;
}

enum selection select_call(struct board *board, uint32_t index, const struct query *q)
{
    const struct rule *rule = &board->rules[index];
    if (!names_call(board, rule, q) || q->bytes >= rule->until_bytes || !in_time(board, index, q))
        return SELECT_NOT;
    if (rule->site.text[0] && !q->at_site(q->context, &rule->site))
        return SELECT_NOT;
    if (q->bytes < rule->after_bytes)
        return SELECT_BEFORE;
    return rule->match.len == 0 || q->carries(q->context, index) ? SELECT_FITS : SELECT_NOT;
}

bool select_apart(const struct board *board, uint32_t index, const struct query *q)
{
    const struct rule *rule = &board->rules[index];
    return call_set_has(&rule->calls, q->call) &&
           (!rule->process[0] || is_process(rule->process, board->roles[q->role].name)) &&
           (rule->force || select_concerns(q->call, q->is_socket));
}

uint64_t select_scope(enum rule_scope scope, const struct query *q)
{
    switch (scope) {
    case SCOPE_PROCESS:
        return q->role;
    case SCOPE_THREAD:
        return (uint64_t)q->tid << 8 | q->role;
    case SCOPE_CONNECTION:
        return (uint64_t)q->connection << 8 | q->role;
    case SCOPE_SITE:
        return draw(q->site, q->role, 0, 0, 0, 1);
    default:
        return 0;
    }
}
