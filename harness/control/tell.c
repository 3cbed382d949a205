#include "harness/control/tell.h"
#include "harness/run/result/result_shape.h"
#include "harness/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void tell_line(FILE *to, const char *text)
{
    text_escape(to, text, strlen(text), false);
}

static const char *state_of(const struct book_entry *entry)
{
    return entry->removed ? "removed" : "on";
}

static void tell_rule(const struct book *book, uint32_t number, FILE *to)
{
    const struct book_entry *entry = &book->entries[number - 1];
    struct book_counts counts = book_counts(book->board, number);
    fprintf(to, "rule %u '", number);
    tell_line(to, entry->rule.text);
    fprintf(to, "' %s: matched %llu, fired %llu, refused %llu", state_of(entry),
            (unsigned long long)counts.matched, (unsigned long long)counts.fired,
            (unsigned long long)counts.refused);
    if (counts.refused > 0)
        fprintf(to, " (%s)", counts.why_refused);
    fprintf(to, ", forced %llu\n", (unsigned long long)counts.forced);
}

void tell_rules(const struct book *book, FILE *to)
{
    for (uint32_t number = 1; number <= book->count; number++)
        tell_rule(book, number, to);
}

void tell_stats(const struct book *book, FILE *to)
{
    struct book_totals totals = book_totals(book->board);
    fprintf(to, "%llu calls%s, %llu connections, %llu bytes received, %llu bytes sent\n",
            (unsigned long long)totals.calls, totals.all_calls ? "" : " looked at",
            (unsigned long long)totals.connections, (unsigned long long)totals.bytes_received,
            (unsigned long long)totals.bytes_sent);
    tell_rules(book, to);
}

static json_t *text_json(const char *text)
{
    size_t len;
    char *clean = text_utf8(text, strlen(text), &len);
    json_t *json = clean != NULL ? json_stringn_nocheck(clean, len) : NULL;
    free(clean);
    return json;
}

static json_t *rule_json(const struct book *book, uint32_t number)
{
    const struct book_entry *entry = &book->entries[number - 1];
    struct book_counts counts = book_counts(book->board, number);
    json_t *rule = json_object();
    json_object_set_new(rule, "number", json_integer(number));
    json_object_set_new(rule, "text", text_json(entry->rule.text));
    json_object_set_new(rule, "state", json_string(state_of(entry)));
    json_object_set_new(rule, "matched", result_json_uint64(counts.matched));
    json_object_set_new(rule, "fired", result_json_uint64(counts.fired));
    json_object_set_new(rule, "refused", result_json_uint64(counts.refused));
    json_object_set_new(rule, "why_refused",
                        counts.refused > 0 ? json_string(counts.why_refused) : json_null());
    json_object_set_new(rule, "forced", result_json_uint64(counts.forced));
    return rule;
}

static json_t *rules_json(const struct book *book)
{
    json_t *rules = json_array();
    for (uint32_t number = 1; number <= book->count; number++)
        json_array_append_new(rules, rule_json(book, number));
    return rules;
}

static void dump(json_t *json, FILE *to)
{
    json_dumpf(json, to, JSON_COMPACT);
    fputc('\n', to);
    json_decref(json);
}

void tell_rules_json(const struct book *book, FILE *to)
{
    dump(rules_json(book), to);
}

void tell_stats_json(const struct book *book, FILE *to)
{
    struct book_totals totals = book_totals(book->board);
    json_t *stats = json_object();
    json_object_set_new(stats, "calls", result_json_uint64(totals.calls));
    json_object_set_new(stats, "all_calls", json_boolean(totals.all_calls));
    json_object_set_new(stats, "connections", result_json_uint64(totals.connections));
    json_object_set_new(stats, "bytes_received", result_json_uint64(totals.bytes_received));
    json_object_set_new(stats, "bytes_sent", result_json_uint64(totals.bytes_sent));
    json_object_set_new(stats, "rules", rules_json(book));
    dump(stats, to);
}
