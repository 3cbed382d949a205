#include "shim/model/expr.h"
#include "shim/model/errnos.h"
#include "shim/model/hash.h"
#include "shim/model/keys.h"
#include "shim/model/legal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const fault_words[FAULT_COUNT] = {[FAULT_NONE] = "nothing",
#define FAULT(id, word, value, help) [FAULT_##id] = word,
                                                     FAULTS(FAULT)
#undef FAULT
};

static const char *const scope_words[SCOPE_COUNT] = {
#define SCOPE(id, word) [SCOPE_##id] = word,
    RULE_SCOPES(SCOPE)
#undef SCOPE
};

const char *fault_name(enum fault_kind kind)
{
    return fault_words[kind];
}

const char *scope_name(enum rule_scope scope)
{
    return scope_words[scope];
}

void rule_init(struct rule *rule)
{
    *rule = (struct rule){
        .when_first = 1,
        .when_last = UINT64_MAX,
        .when_step = 1,
        .chance_ppm = 1000000,
        .until_bytes = UINT64_MAX,
        .until_ns = INT64_MAX,
        .fd = -1,
    };
}

static bool add_calls(struct call_set *set, struct call_set *named, const char *word, size_t len)
{
    int family = family_find(word, len);
    enum call_id id = call_find(word, len);
    if (family >= 0)
        call_set_add_family(set, (enum call_family)family);
    if (id != CALL_NONE) {
        call_set_add(set, id);
        if (family < 0)
            call_set_add(named, id);
    }
    return family >= 0 || id != CALL_NONE;
}

bool rule_set_calls(struct rule *rule, const char *calls, struct expr_error *error)
{
    struct call_set named = {{0}};
    for (const char *word = calls;;) {
        size_t len = strcspn(word, ",");
        if (!add_calls(&rule->calls, &named, word, len))
            return expr_expected(error, (unsigned int)(word - calls) + 1, word, len,
                                 "a call or a family (sockfault list calls)");
        if (!word[len])
            break;
        word += len + 1;
    }
    rule->named = named;
    return true;
}

static bool unknown_key(const char *key, struct expr_error *error)
{
    char all[EXPR_MESSAGE_MAX - 100] = "one of";
    size_t used = strlen(all);
    for (size_t i = 0; expr_key_at(i) && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, " %s", expr_key_at(i)->name);
    expr_expected(error, 1, key, strlen(key), all);
    error->in_key = true;
    return false;
}

bool rule_set(struct rule *rule, const char *key, const char *value, struct expr_error *error)
{
    const struct rule_key *row = rule_key_find(key, strlen(key));
    if (!row)
        return unknown_key(key, error);
    if (row->fault != FAULT_NONE && rule->fault != FAULT_NONE) {
        char expected[80];
        snprintf(expected, sizeof expected, "one fault a rule (it has %s already)", fault_name(rule->fault));
        expr_expected(error, 1, key, strlen(key), expected);
        error->in_key = true;
        return false;
    }
    if (row->fault != FAULT_NONE)
        rule->fault = row->fault;
    return row->read(rule, value ? value : "", error);
}

static void fault_text(const struct rule *rule, char *text, size_t size)
{
    if (rule->fault == FAULT_ERROR)
        snprintf(text, size, "error=%s", errno_name(rule->err));
    else
        snprintf(text, size, "%s", fault_name(rule->fault));
}

/* Adds a word to a list of what is possible; false: no room is left. */
static bool add_word(char message[EXPR_MESSAGE_MAX], int *used, const char **separator, const char *word)
{
    if (*used >= EXPR_MESSAGE_MAX - 40)
        return false;
    *used += snprintf(message + *used, EXPR_MESSAGE_MAX - (size_t)*used, "%s%s", *separator, word);
    *separator = " ";
    return true;
}

static bool has_fault(enum call_id id, enum fault_kind fault)
{
    if (fault == FAULT_ERROR)
        return *call_info(id)->errnos != 0;
    return legal_possible(id, fault, fault == FAULT_RESET ? ECONNRESET : 0);
}

/* "EMFILE at recv, expected one of EAGAIN EINTR ..." for a call that was named; families just lose what does
 * not fit. */
static bool never_legal(const struct rule *rule, enum call_id id, struct expr_error *error)
{
    char fault[40];
    const char *separator = "one of ";
    fault_text(rule, fault, sizeof fault);
    error->column = 1;
    int used = snprintf(error->message, sizeof error->message, "got %s at %s, expected ", fault,
                        call_info(id)->name);
    const int *e = call_info(id)->errnos;
    if (rule->fault == FAULT_ERROR && *e) {
        while (*e && add_word(error->message, &used, &separator, errno_name(*e)))
            e++;
        return false;
    }
    for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++)
        if (has_fault(id, (enum fault_kind)kind) &&
            !add_word(error->message, &used, &separator, fault_name((enum fault_kind)kind)))
            break;
    snprintf(error->message + used, sizeof error->message - (size_t)used, ", or force");
    return false;
}

static bool is_about_connection(const struct rule *rule, enum call_id id)
{
    if (call_info(id)->family == FAMILY_ACCEPT)
        return legal_once_accepted(id, (enum fault_kind)rule->fault, rule->err);
    return call_has_connection(id);
}

static bool carries_bytes(enum call_id id)
{
    return call_info(id)->family == FAMILY_RECEIVE || call_info(id)->family == FAMILY_SEND;
}

/* The selector (or fault) that can never fit such a call, or NULL. */
static const char *unfitting(const struct rule *rule, enum call_id id)
{
    bool counts_bytes = rule->after_bytes > 0 || rule->until_bytes < UINT64_MAX;
    if (rule->conn_first > 0 && !is_about_connection(rule, id))
        return "conn";
    if (rule->match.len > 0 && !carries_bytes(id))
        return rule->match.regex ? "regex" : "match";
    if (rule->fault == FAULT_RATE && rule->in_bytes && !carries_bytes(id))
        return "a rate in bytes";
    return counts_bytes && !carries_bytes(id) ? "after or until with a number of bytes" : NULL;
}

static bool never_fits(enum call_id id, const char *what, struct expr_error *error)
{
    error->column = 1;
    snprintf(error->message, sizeof error->message, "got %s at %s, expected a call %s", what,
             call_info(id)->name,
             strcmp(what, "conn") == 0 ? "on a connection" : "that receives or sends (receive, send)");
    return false;
}

/* Families lose the calls at which the rule can never do anything; one that was named is an error. */
static bool narrow(struct rule *rule, struct expr_error *error)
{
    enum call_id first = CALL_NONE; /* that was lost */
    for (int id = 0; id < CALL_COUNT; id++) {
        const char *what = unfitting(rule, (enum call_id)id);
        bool legal = rule->force || legal_possible((enum call_id)id, rule->fault, rule->err);
        if (!call_set_has(&rule->calls, (enum call_id)id) || (legal && !what))
            continue;
        if (call_set_has(&rule->named, (enum call_id)id))
            return legal ? never_fits((enum call_id)id, what, error)
                         : never_legal(rule, (enum call_id)id, error);
        call_set_remove(&rule->calls, (enum call_id)id);
        first = first == CALL_NONE ? (enum call_id)id : first;
    }
    if (!call_set_empty(&rule->calls))
        return true;
    return rule->force || legal_possible(first, rule->fault, rule->err)
               ? never_fits(first, unfitting(rule, first), error)
               : never_legal(rule, first, error);
}

static bool lacks_fault(struct expr_error *error)
{
    char all[EXPR_MESSAGE_MAX - 100] = "a fault:";
    size_t used = strlen(all);
    for (size_t i = 0; expr_key_at(i) && expr_key_at(i)->class == EXPR_FAULT && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, " %s", expr_key_at(i)->name);
    return expr_expected(error, 1, "", 0, all);
}

static bool never_open(struct expr_error *error)
{
    error->column = 1;
    snprintf(error->message, sizeof error->message,
             "got a window that ends before it begins, expected until to be more than after");
    return false;
}

bool rule_finish(struct rule *rule, struct expr_error *error)
{
    if (call_set_empty(&rule->calls))
        return expr_expected(error, 1, "", 0, "a call or a family (sockfault list calls)");
    if (rule->after_bytes >= rule->until_bytes || rule->after_ns >= rule->until_ns)
        return never_open(error);
    return rule->fault == FAULT_NONE ? lacks_fault(error) : narrow(rule, error);
}

/* One rule of an expression, being read. `column` is where `text` stands in what the user wrote. */
struct reader {
    const char *text, *at;
    struct expr_error *error;
};

static bool fail_at(struct reader *r, const char *where, const char *got, size_t len, const char *expected)
{
    return expr_expected(r->error, (unsigned int)(where - r->text) + 1, got, len, expected);
}

/* Copies len bytes to buffer; false when there is no room. */
static bool copy(char *buffer, size_t size, const char *from, size_t len)
{
    if (len >= size)
        return false;
    memcpy(buffer, from, len);
    buffer[len] = '\0';
    return true;
}

/* Shifts an error that was found in a part of the text to its place in the whole. */
static bool shifted(struct reader *r, const char *where)
{
    r->error->column += (unsigned int)(where - r->text);
    return false;
}

static bool read_head(struct reader *r, struct rule *rule)
{
    char calls[RULE_TEXT_MAX];
    size_t len = strcspn(r->at, ":;");
    const char *slash = memchr(r->at, '/', len), *start = r->at;
    if (slash) {
        size_t name = (size_t)(slash - r->at);
        if (name == 0 || !copy(rule->process, sizeof rule->process, r->at, name))
            return fail_at(r, r->at, r->at, name, "a process name of 1 to 31 bytes before '/'");
        start = slash + 1;
        len -= name + 1;
    }
    while (len > 0 && start[len - 1] == ' ')
        len--;
    if (!copy(calls, sizeof calls, start, len))
        return fail_at(r, start, start, len, "a shorter list of calls");
    if (!rule_set_calls(rule, calls, r->error))
        return shifted(r, start);
    r->at = start + len;
    return true;
}

/* The value after '=': up to ':' or ';', or between quotes; a ']' closes what a '[' opened first. */
static bool read_value(struct reader *r, char *value, size_t size, const char **ret_where)
{
    size_t len = 0;
    if (*r->at == '\'') {
        const char *start = ++r->at;
        const char *close = strchr(start, '\'');
        if (!close)
            return fail_at(r, start - 1, start - 1, strlen(start - 1), "a closing quote (')");
        *ret_where = start;
        len = (size_t)(close - start);
        r->at = close + 1;
    } else {
        *ret_where = r->at;
        if (*r->at == '[')
            len = strcspn(r->at, "];");
        len += strcspn(r->at + len, ":;");
        if (r->at[0] == '[' && r->at[len] == ':' && r->at[len - 1] == ']')
            len += 1 + strcspn(r->at + len + 1, ":;");
        r->at += len;
    }
    while (len > 0 && (*ret_where)[len - 1] == ' ')
        len--;
    return copy(value, size, *ret_where, len) ? true
                                              : fail_at(r, *ret_where, *ret_where, len, "a shorter value");
}

/* "127.0.0.1:80" as a value has a colon, "client.c:88" too: what follows is a port or line when it is digits.
 */
static void take_number(struct reader *r, const char *key, char *value, size_t size)
{
    size_t used = strlen(value), digits = strspn(r->at + (*r->at == ':'), "0123456789");
    bool may = strcmp(key, "peer") == 0 || strcmp(key, "local") == 0 || strcmp(key, "site") == 0;
    if (!may || *r->at != ':' || digits == 0 || used + digits + 2 > size)
        return;
    if (r->at[digits + 1] && r->at[digits + 1] != ':' && r->at[digits + 1] != ';')
        return;
    memcpy(value + used, r->at, digits + 1);
    value[used + digits + 1] = '\0';
    r->at += digits + 1;
}

static bool read_key(struct reader *r, struct rule *rule)
{
    char key[32], value[RULE_TEXT_MAX] = "";
    const char *start = ++r->at, *where = r->at;
    size_t len = strcspn(start, "=:;");
    bool has_value = start[len] == '=';
    if (!copy(key, sizeof key, start, len))
        return fail_at(r, start, start, len, "a key (sockfault list keys)");
    r->at = start + len + has_value;
    if (has_value && !read_value(r, value, sizeof value, &where))
        return false;
    take_number(r, key, value, sizeof value);
    if (rule_set(rule, key, value, r->error))
        return true;
    return shifted(r, r->error->in_key || !has_value ? start : where);
}

static bool read_rule(struct reader *r, struct rule *rule)
{
    const char *start = r->at;
    rule_init(rule);
    if (!read_head(r, rule))
        return false;
    while (*r->at == ' ')
        r->at++;
    while (*r->at == ':')
        if (!read_key(r, rule))
            return false;
    while (*r->at == ' ')
        r->at++;
    if (*r->at && *r->at != ';')
        return fail_at(r, r->at, r->at, strcspn(r->at, ":;"), "':' or ';'");
    if (!rule_finish(rule, r->error))
        return shifted(r, start);
    size_t len = (size_t)(r->at - start);
    while (len > 0 && start[len - 1] == ' ')
        len--;
    copy(rule->text, sizeof rule->text, start, len < sizeof rule->text ? len : sizeof rule->text - 1);
    rule->text_hash = hash_bytes(start, len);
    return true;
}

int expr_parse(const char *text, struct rule *rules, int max, struct expr_error *error)
{
    struct reader r = {text, text, error};
    int count = 0;
    for (;;) {
        r.at += strspn(r.at, " ");
        if (count == max) {
            char expected[40];
            snprintf(expected, sizeof expected, "at most %d rules", max);
            fail_at(&r, r.at, r.at, strcspn(r.at, ";"), expected);
            return -1;
        }
        if (!read_rule(&r, &rules[count]))
            return -1;
        count++;
        if (!*r.at)
            return count;
        r.at++;
        if (!r.at[strspn(r.at, " ")])
            return count; /* a ';' at the end is no mistake */
    }
}
