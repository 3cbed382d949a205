#include "harness/run/trace/trace_text.h"

#include "harness/phrase.h"
#include "harness/run/trace/site_text.h"
#include "harness/text.h"
#include "shim/model/endpoint.h"
#include "shim/model/errnos.h"
#include "shim/model/legal.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELLING_NS = 1000000 };

/* The third argument, or what stands for it; NULL: none to tell. */
static char *argument_text(const struct trace_record *record, const struct call_info *info)
{
    char duration[TEXT_DURATION_MAX], peer[160];
    if (info->family == FAMILY_CONNECT && record->peer.family)
        return text_format("%s", endpoint_text(&record->peer, peer, sizeof peer));
    if (record->asked < 0)
        return NULL;
    if (info->family == FAMILY_WAIT)
        return text_format("%s", text_duration(record->asked * 1000000, duration));
    return text_format("%lld", (long long)record->asked);
}

/* "-1 ECONNREFUSED", "EAI_AGAIN" (gai_strerror has words only), "5 from 127.0.0.1:40000". */
char *trace_result_text(const struct trace_record *record)
{
    const struct call_info *info = call_info((enum call_id)record->call);
    static const struct {
        int64_t code;
        const char *name;
    } resolving[] = {{EAI_AGAIN, "EAI_AGAIN"},   {EAI_NONAME, "EAI_NONAME"}, {EAI_NODATA, "EAI_NODATA"},
                     {EAI_SYSTEM, "EAI_SYSTEM"}, {EAI_FAIL, "EAI_FAIL"},     {EAI_MEMORY, "EAI_MEMORY"}};
    char peer[160];
    for (size_t i = 0; info->family == FAMILY_RESOLVE && i < sizeof resolving / sizeof *resolving; i++)
        if (record->result == resolving[i].code)
            return text_format("%s", resolving[i].name);
    if (info->traits & FAILS_NULL)
        return text_format(record->result ? "found" : "NULL");
    if (record->error)
        return text_format("%lld %s", (long long)record->result, errno_name(record->error));
    if (info->family == FAMILY_ACCEPT && record->peer.family)
        return text_format("%lld from %s", (long long)record->result,
                           endpoint_text(&record->peer, peer, sizeof peer));
    return text_format("%lld", (long long)record->result);
}

/* " <5.00 s>" of a call that took so long that somebody will ask where the time went; "" of others. */
static const char *taken_text(const struct trace_record *record, char text[TEXT_DURATION_MAX + 4])
{
    char duration[TEXT_DURATION_MAX];
    text[0] = '\0';
    if (record->elapsed_ns >= TELLING_NS)
        snprintf(text, TEXT_DURATION_MAX + 4, " <%s>", text_duration(record->elapsed_ns, duration));
    return text;
}

static char *call_text(const struct trace_record *record, const struct call_info *info)
{
    char *argument = argument_text(record, info), *result = trace_result_text(record), *text = NULL;
    char fd[16] = "", taken[TEXT_DURATION_MAX + 4];
    if (record->fd >= 0)
        snprintf(fd, sizeof fd, "%d", record->fd);
    if (record->kind == TRACE_REFUSED)
        text = text_format("%s(%s)", info->name, fd);
    else
        text = text_format("%s(%s%s%s) = %s%s", info->name, fd, fd[0] && argument ? ", " : "",
                           argument ? argument : "", result ? result : "?", taken_text(record, taken));
    free(argument);
    free(result);
    return text;
}

/* The fault as it was written: "short=1", "error=EMFILE", "reset". */
static char *fault_text(const struct rule *rule)
{
    const char *name = fault_name((enum fault_kind)rule->fault);
    switch (rule->fault) {
    case FAULT_ERROR:
        return text_format("%s=%s", name, errno_name(rule->err));
    case FAULT_SHORT:
        return text_format("%s=%s%llu%s", name, rule->amount_kind == AMOUNT_ALL_BUT ? "-" : "",
                           (unsigned long long)rule->amount, rule->amount_kind == AMOUNT_PERCENT ? "%" : "");
    case FAULT_EOF:
        return text_format("%s=%s", name, rule->eof_full ? "full" : "half");
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_TRUNCATE:
        return text_format("%s=%llu", name, (unsigned long long)rule->amount);
    default:
        return text_format("%s", name);
    }
}

static const struct rule *rule_of(const struct trace_text *context, const struct trace_record *record)
{
    const struct board *board = context->board;
    if (record->rule < 0 || (uint32_t)record->rule >= board_rules(board))
        return NULL;
    const struct rule *rule = &board->rules[record->rule];
    return rule->fault > FAULT_NONE && rule->fault < FAULT_COUNT ? rule : NULL;
}

static char *refusal_text(const struct trace_record *record)
{
    int bit = record->error - 1;
    const char *lack = bit >= 0 && bit < CONDITION_COUNT ? condition_lack((enum condition_bit)bit) : NULL;
    return text_format("refused: %s (rule %d)", lack ? lack : "not possible at that call", record->rule + 1);
}

static char *injected_text(const struct trace_text *context, const struct trace_record *record)
{
    const struct rule *rule = rule_of(context, record);
    char duration[TEXT_DURATION_MAX], *text = NULL;
    if (!rule)
        return NULL;
    if (record->kind == TRACE_REFUSED)
        return refusal_text(record);
    if (record->delay_ns > 0)
        phrase_append(&text, ", ", "%s %s", rule->fault == FAULT_RATE ? "rate" : "delay",
                      text_duration(record->delay_ns, duration));
    if (rule->fault != FAULT_DELAY && rule->fault != FAULT_RATE) {
        char *fault = fault_text(rule);
        phrase_append(&text, ", ", "%s", fault ? fault : "?");
        free(fault);
    }
    phrase_append(&text, " ", "(rule %d)", record->rule + 1);
    return text;
}

static char *role_text(const struct board *board, uint16_t role)
{
    return role < BOARD_ROLES ? strndup(board->roles[role].name, BOARD_ROLE_NAME) : strdup("?");
}

bool trace_line_make(const struct trace_text *context, const struct trace_record *record,
                     struct trace_line *ret)
{
    struct trace_line line = {
        .time_ns = record->time_ns - context->began_ns,
        .process = role_text(context->board, record->role),
        .pid = record->pid,
        .tid = record->tid,
        .connection = record->connection,
    };
    if (record->call < CALL_COUNT)
        line.text = call_text(record, call_info((enum call_id)record->call));
    else
        line.text = strdup("?");
    if (!line.process || !line.text) {
        trace_line_clear(&line);
        return false;
    }
    line.injected = injected_text(context, record);
    line.site = site_text_in(context->board, context->sites, record->module_set, record->site);
    *ret = line;
    return true;
}

void trace_line_clear(struct trace_line *line)
{
    free(line->process);
    free(line->text);
    free(line->injected);
    free(line->site);
    *line = (struct trace_line){0};
}

char *trace_line_text(const struct trace_line *line)
{
    char *plain =
        text_format("%.6f %s %d %s%s%s%s%s%s", (double)line->time_ns / 1e9, line->process, line->tid,
                    line->text, line->injected ? "  [" : "", line->injected ? line->injected : "",
                    line->injected ? "]" : "", line->site ? "  " : "", line->site ? line->site : "");
    char *text = plain ? text_escaped(plain, strlen(plain), false) : NULL;
    free(plain);
    return text;
}
