/* Readers of faults:, and the rules they make, when the file is read and again when run-time variables have
 * values. */
#include "harness/aim/aim.h"
#include "harness/scenario/choice.h"
#include "harness/scenario/expand.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/values.h"
#include "shim/model/decide.h"
#include "shim/model/expr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct expr_key *find_expr_key(const char *name)
{
    for (size_t i = 0; expr_key_at(i) != NULL; i++)
        if (strcmp(expr_key_at(i)->name, name) == 0)
            return expr_key_at(i);
    return NULL;
}

static bool is_dynamic(const char *text)
{
    while (text != NULL && *text != '\0') {
        const char *name;
        size_t len;
        int taken = expand_next(text, &name, &len);
        if (taken != 0)
            return true; /* "$${" as well: it has to become "${" */
        text++;
    }
    return false;
}

/* One key of a fault into the rule; value may be NULL. */
static bool apply(struct rule *rule, const char *key, const char *value, struct expr_error *error)
{
    if (strcmp(key, "call") == 0)
        return rule_set_calls(rule, value, error);
    if (strcmp(key, "in") == 0) {
        snprintf(rule->process, sizeof rule->process, "%s", value);
        return true;
    }
    return rule_set(rule, key, value, error);
}

/*
 * The rule that a fault's keys and values make. -1, or with *error the index of the key that is wrong
 * (key_count: all of them together).
 */
static int make_rule(const struct scenario_fault *fault, const struct runtime *runtime, struct rule *rule,
                     struct expr_error *error, struct diag *diag)
{
    rule_init(rule);
    for (size_t i = 0; i < fault->key_count; i++) {
        char *value = NULL;
        if (fault->values[i] != NULL && (value = scenario_expand(fault->values[i], runtime, diag)) == NULL)
            return (int)i;
        bool ok = fault->keys[i] != NULL ? apply(rule, fault->keys[i], value, error)
                                         : expr_parse(value, rule, 1, error) == 1;
        free(value);
        if (!ok)
            return (int)i;
    }
    bool whole = fault->key_count == 1 && fault->keys[0] == NULL;
    bool ok = whole || rule_finish(rule, error);
    rule->sleeps_on = fault->started_by;
    return ok ? -1 : (int)fault->key_count;
}

/* What stands for run-time variables while the file is read. */
static const struct runtime placeholders = {
    .ports = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    .dir = "/tmp",
    .root = "/",
};

/* "client/receive:short=1:when=2": what an expression of the same rule would be, so that draws are the same.
 */
static void describe(struct reader *r, struct scenario_fault *fault)
{
    const char *text = "";
    const char *process = "", *calls = "";
    for (size_t i = 0; i < fault->key_count; i++) {
        const char *key = fault->keys[i], *value = fault->values[i];
        if (key == NULL)
            text = value;
        else if (strcmp(key, "in") == 0)
            process = pool_format(r->pool, "%s/", value);
        else if (strcmp(key, "call") == 0)
            calls = value;
        else if (value == NULL)
            text = pool_format(r->pool, "%s:%s", text, key);
        else
            text = pool_format(r->pool, strpbrk(value, ":;[ ") ? "%s:%s='%s'" : "%s:%s=%s", text, key, value);
    }
    text = pool_format(r->pool, "%s%s%s", process, calls, text);
    snprintf(fault->rule.text, sizeof fault->rule.text, "%s", text);
    fault->rule.text_hash = hash_bytes(text, strlen(text));
    fault->rule.line = (uint32_t)fault->place.line;
    fault->rule.column = (uint32_t)fault->place.column;
}

/* An entry of faults: while it is read: `nodes` are the values' places. */
struct entry {
    struct scenario_fault *fault;
    const struct node **nodes;
    const struct node *fault_key; /* the first key that is a fault */
};

static void add_key(struct reader *r, struct entry *entry, const struct node *node, const char *key,
                    const char *value)
{
    struct scenario_fault *fault = entry->fault;
    entry->nodes[fault->key_count] = node;
    fault->keys[fault->key_count] = key != NULL ? pool_copy(r->pool, key, strlen(key)) : NULL;
    fault->values[fault->key_count++] = (char *)value;
    fault->dynamic |= value != NULL && is_dynamic(value);
}

bool read_fault_process(struct reader *r, const struct node *node, void *to)
{
    struct scenario_fault *fault = to;
    int process = reader_process(r, node);
    if (process < 0)
        return false;
    snprintf(fault->rule.process, sizeof fault->rule.process, "%s", r->experiment->processes[process].name);
    return true;
}

/* Checks the calls one by one, for their places; the names are joined by read_calls. */
bool read_fault_calls(struct reader *r, const struct node *node, void *to)
{
    struct node *self = (struct node *)node;
    size_t count;
    struct node *const *items = reader_items(r, &self, &count, "a call, a family or a list of them");
    struct expr_error error;
    struct rule scratch;
    (void)to;
    for (size_t i = 0; items != NULL && i < count; i++) {
        const char *text = reader_text(r, items[i], RUNTIME_NONE, "a call or a family");
        rule_init(&scratch);
        if (text == NULL)
            return false;
        if (!rule_set_calls(&scratch, text, &error))
            return reader_error_in(r, items[i], error.column - 1, "%s", error.message);
    }
    if (items != NULL && count == 0)
        return reader_error(r, node, "got an empty list, expected at least one call or family");
    return items != NULL;
}

static const char *joined_calls(struct reader *r, const struct node *node)
{
    size_t count;
    char **words = value_texts(r, node, RUNTIME_NONE, "a call", &count);
    const char *text = words != NULL && count > 0 ? words[0] : "";
    for (size_t i = 1; words != NULL && i < count; i++)
        text = pool_format(r->pool, "%s,%s", text, words[i]);
    return text;
}

/* A key that expressions have too. A key without a value is true or false here; false is as if it was not
 * there. */
static bool read_expr_key(struct reader *r, struct entry *entry, const struct node *key,
                          const struct node *item)
{
    const struct expr_key *row = find_expr_key(key->text);
    if (row == NULL)
        return keys_unknown(r, KEYS_FAULT, key);
    const char *value = NULL;
    if (*row->value == '\0') {
        bool yes;
        if (!read_boolean(r, item, &yes))
            return false;
        if (!yes)
            return true;
    } else {
        value = reader_text(r, item, RUNTIME_FIXED, row->value);
        if (value == NULL)
            return false;
    }
    if (row->class == EXPR_FAULT && entry->fault_key != NULL)
        return reader_error(
            r, key, "got the fault '%s' in an entry that has '%s' already, expected one fault an entry",
            row->name, entry->fault_key->text);
    if (row->class == EXPR_FAULT)
        entry->fault_key = key;
    add_key(r, entry, item, row->name, value);
    return true;
}

static bool read_key(struct reader *r, struct entry *entry, const struct node *key, const struct node *item)
{
    struct scenario_fault *fault = entry->fault;
    const struct key_row *row = key_find(KEYS_FAULT, key->text);
    if (row == NULL)
        return read_expr_key(r, entry, key, item);
    if (!row->read(r, item, (char *)fault + row->offset))
        return false;
    if (strcmp(key->text, "in") == 0)
        add_key(r, entry, item, "in", pool_copy(r->pool, fault->rule.process, strlen(fault->rule.process)));
    if (strcmp(key->text, "call") == 0)
        add_key(r, entry, item, "call", joined_calls(r, item));
    return true;
}

/* A regular expression is checked here, where its place is known; it is compiled again for the board. */
static bool check_regex(struct reader *r, const struct entry *entry)
{
    const struct scenario_fault *fault = entry->fault;
    struct matcher *scratch = malloc(sizeof *scratch);
    struct diag diag = {0};
    unsigned int column = 1;
    bool good = scratch != NULL && aim_regex(&fault->rule, scratch, &column, &diag);
    size_t i = 0;
    free(scratch);
    while (!good && i + 1 < fault->key_count &&
           (fault->keys[i] == NULL || strcmp(fault->keys[i], "regex") != 0))
        i++;
    if (good)
        return true;
    if (fault->keys[i] == NULL || fault->dynamic)
        return reader_error(r, entry->nodes[i], "%s", diag.text);
    return reader_error_in(r, entry->nodes[i], column - 1, "%s", diag.text);
}

static bool check_rule(struct reader *r, const struct entry *entry, const struct node *node)
{
    struct scenario_fault *fault = entry->fault;
    struct expr_error error = {0};
    int wrong = make_rule(fault, &placeholders, &fault->rule, &error, r->diag);
    if (wrong < 0)
        return check_regex(r, entry);
    if ((size_t)wrong == fault->key_count)
        return reader_error(r, node, "%s", error.message);
    if (fault->values[wrong] == NULL || fault->dynamic)
        return reader_error(r, entry->nodes[wrong], "%s", error.message);
    return reader_error_in(r, entry->nodes[wrong], error.column - 1, "%s", error.message);
}

static bool read_map(struct reader *r, struct entry *entry, const struct node *node)
{
    for (size_t i = 0; i < node->count; i++)
        if (!read_key(r, entry, node->keys[i], node->items[i]))
            return false;
    if (node_get(node, "call") == NULL)
        return reader_error(r, node, "got no key 'call' in %s, expected 'call: %s'",
                            key_where_text(KEYS_FAULT), key_find(KEYS_FAULT, "call")->shown.value);
    return check_rule(r, entry, node);
}

/*
 * An expression may hold several rules elsewhere; here each is an entry, with counts of its own. With room
 * for two it reads differently than with room for one only if there are two.
 */
static bool check_single(struct reader *r, const struct node *node, const char *text)
{
    struct rule rules[2];
    struct expr_error one = {0}, two = {0};
    char *expanded = scenario_expand(text, &placeholders, r->diag);
    bool single = expanded == NULL || expr_parse(expanded, rules, 1, &one) == 1 ||
                  (expr_parse(expanded, rules, 2, &two) < 0 && strcmp(one.message, two.message) == 0);
    free(expanded);
    if (single)
        return true;
    return reader_error_in(r, node, one.column - 1, "got a second rule, expected one an entry");
}

/* "client", or with a number of those there are: "client#2". */
bool scenario_fault_is_in(const struct scenario_fault *fault, const struct scenario_process *process)
{
    const char *name = fault->rule.process;
    size_t len = strlen(process->name);
    if (strncmp(name, process->name, len) != 0)
        return false;
    char *end = NULL;
    unsigned long number = name[len] == '#' && name[len + 1] >= '1' && name[len + 1] <= '9'
                               ? strtoul(name + len + 1, &end, 10)
                               : 0;
    return name[len] == '\0' ||
           (number > 0 && *end == '\0' && process->count > 1 && number <= process->count);
}

static bool read_expression(struct reader *r, struct entry *entry, const struct node *node)
{
    const char *text = reader_text(r, node, RUNTIME_FIXED, "a map or an expression");
    if (text == NULL)
        return false;
    add_key(r, entry, node, NULL, text);
    if (!check_single(r, node, text) || !check_rule(r, entry, node))
        return false;
    const char *process = entry->fault->rule.process;
    struct choice choice;
    choice_begin(&choice, process);
    for (size_t i = 0; i < r->experiment->process_count; i++) {
        if (scenario_fault_is_in(entry->fault, &r->experiment->processes[i]))
            return true;
        choice_add(&choice, r->experiment->processes[i].name);
    }
    if (*process == '\0')
        return true;
    return reader_error(r, node, "got %s, expected a process before '/': %s", reader_quoted(r, process),
                        choice_text(&choice));
}

/* Read once the entry it stands in is: what it starts comes behind that. */
bool read_then(struct reader *r, const struct node *node, void *to)
{
    (void)r;
    *(const struct node **)to = node;
    return true;
}

/* How many faults an entry stands for: itself, and all that it starts. */
static size_t count_faults(const struct node *node)
{
    const struct node *then = node->kind == NODE_MAP ? node_get(node, "then") : NULL;
    size_t count = 1;
    if (then != NULL && then->kind != NODE_LIST)
        return count + count_faults(then);
    for (size_t i = 0; then != NULL && i < then->count; i++)
        count += count_faults(then->items[i]);
    return count;
}

static bool read_list(struct reader *r, const struct node *node, uint32_t started_by);

static bool read_entry(struct reader *r, const struct node *node, uint32_t started_by)
{
    uint32_t number = (uint32_t)++r->experiment->fault_count;
    struct scenario_fault *fault = &r->experiment->faults[number - 1];
    size_t room = node->count + 1;
    struct entry entry = {.fault = fault, .nodes = pool_room(r->pool, room, sizeof *entry.nodes)};
    fault->keys = pool_room(r->pool, room, sizeof *fault->keys);
    fault->values = pool_room(r->pool, room, sizeof *fault->values);
    fault->fired = (struct range){1, UINT64_MAX};
    fault->place = reader_place(r, node);
    fault->started_by = started_by;
    bool ok = node->kind == NODE_MAP ? read_map(r, &entry, node) : read_expression(r, &entry, node);
    const struct node *then = fault->then;
    fault->then = NULL;
    if (!ok)
        return false;
    describe(r, fault);
    return then == NULL ||
           (then->kind == NODE_LIST ? read_list(r, then, number) : read_entry(r, then, number));
}

static bool read_list(struct reader *r, const struct node *node, uint32_t started_by)
{
    if (node->count == 0 && started_by > 0)
        return reader_error(r, node, "got an empty list, expected at least one fault to start");
    for (size_t i = 0; i < node->count; i++)
        if (!read_entry(r, node->items[i], started_by))
            return false;
    return true;
}

bool read_faults(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    size_t count = 0;
    if (node->kind != NODE_LIST)
        return reader_wrong(r, node, "a list of faults");
    for (size_t i = 0; i < node->count; i++) {
        count += count_faults(node->items[i]);
        if (count > RULES_MAX)
            return reader_error(r, node->items[i], "got %zu faults, expected at most %d", count, RULES_MAX);
    }
    experiment->faults = pool_room(r->pool, count, sizeof *experiment->faults);
    return read_list(r, node, 0);
}

int scenario_rules(const struct experiment *experiment, const struct runtime *runtime, struct rule *rules,
                   struct diag *diag)
{
    for (size_t i = 0; i < experiment->fault_count; i++) {
        const struct scenario_fault *fault = &experiment->faults[i];
        struct expr_error error = {0};
        rules[i] = fault->rule;
        if (!fault->dynamic)
            continue;
        if (make_rule(fault, runtime, &rules[i], &error, diag) >= 0) {
            diag_at(diag, fault->place.file, fault->place.line, fault->place.column, "%s", error.message);
            return -1;
        }
        memcpy(rules[i].text, fault->rule.text, sizeof rules[i].text);
        rules[i].text_hash = fault->rule.text_hash;
        rules[i].line = fault->rule.line;
        rules[i].column = fault->rule.column;
    }
    return (int)experiment->fault_count;
}
