#include "harness/judge/unmatched.h"
#include "harness/text.h"
#include "shim/model/decide.h"
#include "shim/model/endpoint.h"
#include "shim/model/legal.h"

#include <stdarg.h>

struct list {
    FILE *to;
    bool begun;
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *format, ...)
{
    va_list arguments;
    fputs(list->begun ? ", " : " ", list->to);
    list->begun = true;
    va_start(arguments, format);
    vfprintf(list->to, format, arguments);
    va_end(arguments);
}

static void add_connections(struct list *list, const struct rule *rule, uint64_t connections)
{
    if (rule->conn_first == 0)
        return;
    add(list, "conn=%u", rule->conn_first);
    if (rule->conn_last == UINT32_MAX)
        fputs("..", list->to);
    else if (rule->conn_last > rule->conn_first)
        fprintf(list->to, "..%u", rule->conn_last);
    fprintf(list->to, " (connections there were: %llu)", (unsigned long long)connections);
}

static void add_bytes(struct list *list, const struct rule *rule)
{
    if (rule->after_bytes > 0)
        add(list, "after=%lluB: bytes that had gone that way on its connection",
            (unsigned long long)rule->after_bytes);
    if (rule->until_bytes < UINT64_MAX)
        add(list, "until=%lluB", (unsigned long long)rule->until_bytes);
}

static void add_time(struct list *list, const struct rule *rule)
{
    char text[TEXT_DURATION_MAX];
    if (rule->after_ns > 0)
        add(list, "its window of time, which begins after %s", text_duration(rule->after_ns, text));
    if (rule->until_ns < INT64_MAX)
        add(list, "its window of time, which ends after %s", text_duration(rule->until_ns, text));
}

bool unmatched_selectors(FILE *to, const struct rule *rule, uint64_t connections)
{
    struct list list = {to, false};
    char address[160];
    add_connections(&list, rule, connections);
    add_bytes(&list, rule);
    add_time(&list, rule);
    if (rule->site.text[0] != '\0')
        add(&list, "site=%s (a trace shows which function makes a call)", rule->site.text);
    if (rule->match.len > 0)
        add(&list, "%s (no data completed it)", rule->match.regex ? "regex" : "match");
    if (rule->has_local)
        add(&list, "local=%s", endpoint_text(&rule->local, address, sizeof address));
    if (rule->fd >= 0)
        add(&list, "fd=%d", rule->fd);
    if (rule->has_peer)
        add(&list, "peer=%s", endpoint_text(&rule->peer, address, sizeof address));
    return list.begun;
}

const char *unmatched_otherwise(const struct rule *rule)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (call_set_has(&rule->calls, (enum call_id)id) &&
            (decide_looks(rule, (enum call_id)id) ||
             legal_once_accepted((enum call_id)id, (enum fault_kind)rule->fault, rule->err)))
            return ": nothing came that it is about";
    return ": none was on a socket";
}
