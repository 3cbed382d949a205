/* Regular expressions of scenario files, and what they may cost. */
#include "harness/scenario/values.h"

#include <stdlib.h>
#include <string.h>

enum { REGEX_MAX = 1000, COST_MAX = 10000, GROUPS_MAX = 100, COPY_BYTES = 256 };

/*
 * regcomp(3) writes repetitions out: "a{1,500}" becomes 500 copies, "a+" two, and nested ones multiply, so
 * that "a++++++++++++++++++++++++++" takes all memory there is. The sums here are what it makes of the text
 * so far.
 */
struct cost {
    unsigned long last, sum; /* of the last atom; of those before it in this group */
    unsigned long outer[GROUPS_MAX];
    size_t depth;
};

static void add_atom(struct cost *cost)
{
    cost->sum += cost->last;
    cost->last = 1;
}

static void open_group(struct cost *cost)
{
    cost->outer[cost->depth++] = cost->sum + cost->last;
    cost->sum = cost->last = 0;
}

static void close_group(struct cost *cost)
{
    unsigned long inner = cost->sum + cost->last + 1;
    cost->sum = cost->outer[--cost->depth];
    cost->last = inner;
}

/* "{3,500}" at the last atom: 500 times; "{3,}": 4 times. */
static void repeat(struct cost *cost, const char *brace)
{
    char *end;
    unsigned long times = strtoul(brace + 1, &end, 10), most = times + 1;
    if (*end == ',' && end[1] >= '0' && end[1] <= '9')
        most = strtoul(end + 1, NULL, 10);
    times = most > times ? most : times;
    cost->last *= times > COST_MAX ? COST_MAX + 1 : times;
}

/* Behind a bracket expression: a ']' that comes first is one of its characters. */
static const char *skip_brackets(const char *open)
{
    const char *at = open + 1;
    at += *at == '^';
    at += *at == ']';
    while (*at != '\0' && *at != ']') {
        const char *close =
            at[0] == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=') ? strchr(at + 2, at[1]) : NULL;
        at = close != NULL && close[1] == ']' ? close + 2 : at + 1;
    }
    return at;
}

/* How many atoms become of the text; more than COST_MAX: too many. */
static unsigned long cost_of(const char *text)
{
    struct cost cost = {0};
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '(' && cost.depth == GROUPS_MAX)
            return COST_MAX + 1;
        if (*at == '(') {
            open_group(&cost);
        } else if (*at == ')' && cost.depth > 0) {
            close_group(&cost);
        } else if (*at == '{') {
            repeat(&cost, at);
        } else if (*at == '+') {
            cost.last *= 2;
        } else {
            add_atom(&cost);
            if (*at == '[')
                at = skip_brackets(at);
            else if (*at == '\\' && at[1] != '\0')
                at++;
            if (*at == '\0')
                break;
        }
        if (cost.sum + cost.last > COST_MAX)
            return COST_MAX + 1;
    }
    return cost.sum + cost.last;
}

/* The back-reference in the text, or NULL. */
static const char *back_reference(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '[')
            at = skip_brackets(at);
        else if (*at == '\\' && at[1] >= '1' && at[1] <= '9')
            return at;
        else if (*at == '\\' && at[1] != '\0')
            at++;
        if (*at == '\0')
            break;
    }
    return NULL;
}

static void let_go(void *regex)
{
    regfree(regex);
}

bool value_regex(struct reader *r, const struct node *node, const char *text, regex_t *ret)
{
    char reason[200];
    if (strlen(text) > REGEX_MAX)
        return reader_error(r, node, "got a regular expression of %zu bytes, expected at most %d",
                            strlen(text), REGEX_MAX);
    unsigned long cost = cost_of(text);
    if (cost > COST_MAX)
        return reader_error(r, node,
                            "got the regular expression %s, expected fewer repetitions within repetitions",
                            reader_quoted(r, text));
    const char *reference = back_reference(text);
    if (reference != NULL) /* which glibc would take for ever over */
        return reader_error(r, node, "got the regular expression %s with '%.2s', expected no back-references",
                            reader_quoted(r, text), reference);
    if (!reader_take(r, node, COPY_BYTES * (cost + 1)))
        return false;
    int error = regcomp(ret, text, REG_EXTENDED);
    if (error != 0) {
        regerror(error, ret, reason, sizeof reason);
        return reader_error(r, node, "got the regular expression %s (%s), expected a POSIX extended one",
                            reader_quoted(r, text), reason);
    }
    pool_at_end(r->pool, let_go, ret);
    return true;
}
