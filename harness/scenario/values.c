/* Readers of the values that are one scalar, or a list of them. */
#include "harness/scenario/values.h"
#include "harness/scenario/keys.h"
#include "shim/model/expr.h"
#include "shim/model/values.h"

#include <signal.h>
#include <string.h>

bool value_wrong(struct reader *r, const struct node *node, const char *text, const char *what)
{
    return reader_error(r, node, "got %s, expected %s", reader_quoted(r, text), what);
}

bool value_number(struct reader *r, const struct node *node, uint64_t low, uint64_t high, const char *what,
                  uint64_t *ret)
{
    uint64_t number;
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    if (!parse_number(text, strlen(text), &number) || number < low || number > high)
        return value_wrong(r, node, text, what);
    *ret = number;
    return true;
}

bool read_duration(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "a duration: 250us, 20ms, 5s, 2min or 0";
    int64_t ns;
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    if (!parse_duration(text, strlen(text), &ns))
        return value_wrong(r, node, text, what);
    *(int64_t *)to = ns;
    return true;
}

bool read_time_limit(struct reader *r, const struct node *node, void *to)
{
    int64_t ns;
    if (!read_duration(r, node, &ns))
        return false;
    if (ns == 0)
        return reader_wrong(r, node, "a duration above 0");
    *(int64_t *)to = ns;
    return true;
}

bool read_size(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "a size in bytes: 100, 100B, 4KiB or 10MiB";
    uint64_t bytes;
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    if (!parse_size(text, strlen(text), &bytes))
        return value_wrong(r, node, text, what);
    *(uint64_t *)to = bytes;
    return true;
}

/* One end of a range: digits, or nothing for what is open. */
static bool range_end(const char *text, size_t len, uint64_t open, uint64_t *ret)
{
    *ret = open;
    return len == 0 || parse_number(text, len, ret);
}

static bool parse_range(const char *text, struct range *ret)
{
    size_t len = strlen(text);
    const char *dots = strstr(text, "..");
    if (dots == NULL) {
        bool ok = parse_number(text, len, &ret->min);
        ret->max = ret->min;
        return ok;
    }
    size_t first = (size_t)(dots - text), last = len - first - 2;
    return len > 2 && range_end(text, first, 0, &ret->min) &&
           range_end(dots + 2, last, UINT64_MAX, &ret->max);
}

bool read_range(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "a count: 3, 1.., ..4 or 2..4";
    struct range range = {0};
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    if (!parse_range(text, &range))
        return value_wrong(r, node, text, what);
    if (range.min > range.max)
        return value_wrong(r, node, text, "the smaller number first");
    *(struct range *)to = range;
    return true;
}

bool read_boolean(struct reader *r, const struct node *node, void *to)
{
    const char *text = reader_text(r, node, RUNTIME_NONE, "true or false");
    if (text == NULL)
        return false;
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return value_wrong(r, node, text, "true or false");
    *(bool *)to = yes;
    return true;
}

bool read_running(struct reader *r, const struct node *node, void *to)
{
    bool yes;
    if (!read_boolean(r, node, &yes))
        return false;
    *(int *)to = yes;
    return true;
}

/* "TERM" and "SIGTERM"; sigabbrev_np(3) knows the names. */
static int find_signal(const char *name)
{
    if (strncmp(name, "SIG", 3) == 0)
        name += 3;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        if (known != NULL && strcmp(known, name) == 0)
            return number;
    }
    return 0;
}

bool read_signal(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "the name of a signal: TERM, SIGTERM, KILL, PIPE";
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    int number = find_signal(text);
    if (number == 0)
        return value_wrong(r, node, text, what);
    *(int *)to = number;
    return true;
}

/* A word that is the only one there is, or one of two. */
static bool read_word(struct reader *r, const struct node *node, const char *word, const char *other,
                      const char *what, bool *ret)
{
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    if (strcmp(text, word) != 0 && (other == NULL || strcmp(text, other) != 0))
        return value_wrong(r, node, text, what);
    *ret = strcmp(text, word) == 0;
    return true;
}

bool read_unchanged(struct reader *r, const struct node *node, void *to)
{
    return read_word(r, node, "unchanged", NULL, "unchanged", to);
}

bool read_none(struct reader *r, const struct node *node, void *to)
{
    return read_word(r, node, "none", NULL, "none", to);
}

bool read_absent(struct reader *r, const struct node *node, void *to)
{
    return read_word(r, node, "absent", "loaded", "loaded or absent", to);
}

bool read_path(struct reader *r, const struct node *node, void *to)
{
    enum runtime_names names = r->process >= 0 ? RUNTIME_ANY : RUNTIME_FIXED;
    const char *text = reader_text(r, node, names, "a path");
    if (text == NULL)
        return false;
    if (*text == '\0')
        return value_wrong(r, node, text, "a path");
    *(char **)to = (char *)text;
    return true;
}
