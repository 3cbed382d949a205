/* Decisions as rules, and in words. */
#include "harness/sweep/shrink/choices.h"
#include "harness/text.h"
#include "shim/model/errnos.h"

#include <stdlib.h>
#include <string.h>

static char *delay_text(int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    size_t i = 0;
    while (ns % units[i].ns != 0)
        i++;
    return text_format("delay=%lld%s", (long long)(ns / units[i].ns), units[i].name);
}

static char *plain_text(const struct choice_made *choice)
{
    const char *name = fault_name(choice->fault);
    switch (choice->fault) {
    case FAULT_ERROR:
        return text_format("%s=%s", name, errno_name(choice->err));
    case FAULT_DELAY:
        return delay_text(choice->delay_ns);
    case FAULT_EOF:
        return text_format("%s=%s", name, choice->eof_full ? "full" : "half");
    case FAULT_SHORT:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_TRUNCATE:
        return text_format("%s=%llu", name, (unsigned long long)choice->amount);
    default:
        return strdup(name);
    }
}

char *choice_fault_text(const struct choice_made *choice)
{
    char *plain = plain_text(choice);
    char *text = plain == NULL || !choice->force ? plain : text_format("%s:force", plain);
    if (text != plain)
        free(plain);
    return text;
}

static const char *ordinal_ending(uint64_t n)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    bool teen = n / 10 % 10 == 1;
    return endings[!teen && n % 10 < 4 ? n % 10 : 0];
}

static char *event_text(const struct choice_made *choice)
{
    char duration[TEXT_DURATION_MAX];
    unsigned long long amount = (unsigned long long)choice->amount;
    switch (choice->fault) {
    case FAULT_ERROR:
        return text_format("fails with %s", errno_name(choice->err));
    case FAULT_DELAY:
        return text_format("is made %s late", text_duration(choice->delay_ns, duration));
    case FAULT_SHORT:
        return text_format("moves at most %llu", amount);
    case FAULT_EOF:
        return strdup("finds the end of file");
    case FAULT_RESET:
        return strdup("finds the connection reset");
    case FAULT_SILENCE:
        return strdup("is the last that the other side hears or says");
    case FAULT_DROP:
        return strdup("loses the datagram");
    case FAULT_DUPLICATE:
        return strdup("has the datagram twice");
    case FAULT_REORDER:
        return text_format("has the datagram after %llu behind it", amount);
    case FAULT_CORRUPT:
        return text_format("has %llu bits of it flipped", amount);
    case FAULT_TRUNCATE:
        return text_format("has %llu bytes of the message", amount);
    default:
        return strdup("tells of data that is not there");
    }
}

char *choice_sentence(const struct choice_made *choice)
{
    char *event = event_text(choice), where[48] = "";
    if (choice->connection > 0)
        snprintf(where, sizeof where, " on connection %u", choice->connection);
    char *text = event == NULL ? NULL
                               : text_format("the %llu%s %s%s of %s %s", (unsigned long long)choice->nth,
                                             ordinal_ending(choice->nth), call_info(choice->call)->name,
                                             where, choice->process, event);
    free(event);
    return text;
}

/* A decision with its text, for sorting. */
struct sorted {
    const struct choice_made *choice;
    char *fault;
};

/* By all but the number. */
static int compare_kind(const struct sorted *a, const struct sorted *b)
{
    int order = strcmp(a->choice->process, b->choice->process);
    if (order == 0)
        order = (a->choice->call > b->choice->call) - (a->choice->call < b->choice->call);
    if (order == 0)
        order =
            (a->choice->connection > b->choice->connection) - (a->choice->connection < b->choice->connection);
    return order != 0 ? order : strcmp(a->fault, b->fault);
}

static int compare(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;
    int order = compare_kind(a, b);
    return order != 0 ? order : (a->choice->nth > b->choice->nth) - (a->choice->nth < b->choice->nth);
}

/* The rule of all from `first` to `last`, whose numbers follow one another. */
static char *rule_text(const struct sorted *first, const struct sorted *last)
{
    const struct choice_made *choice = first->choice;
    char when[64];
    if (last->choice->nth > choice->nth)
        snprintf(when, sizeof when, "%llu..%llu", (unsigned long long)choice->nth,
                 (unsigned long long)last->choice->nth);
    else
        snprintf(when, sizeof when, "%llu", (unsigned long long)choice->nth);
    const char *name = call_info(choice->call)->name;
    if (choice->connection == 0)
        return text_format("%s/%s:%s:when=%s:scope=all", choice->process, name, first->fault, when);
    return text_format("%s/%s:%s:conn=%u:when=%s:scope=connection", choice->process, name, first->fault,
                       choice->connection, when);
}

/* Joins those that follow one another. `*ret` has room for `count` rules. */
static bool join(const struct choices *choices, const struct sorted *sorted, size_t count,
                 struct choice_rules *ret)
{
    for (size_t i = 0, next; i < count; i = next) {
        next = i + 1;
        while (next < count && compare_kind(&sorted[next - 1], &sorted[next]) == 0 &&
               sorted[next].choice->nth == sorted[next - 1].choice->nth + 1)
            next++;
        struct choice_rule *rule = &ret->items[ret->count++];
        *rule = (struct choice_rule){rule_text(&sorted[i], &sorted[next - 1]),
                                     (size_t)(sorted[i].choice - choices->items), next - i};
        for (size_t k = i; k < next; k++)
            ret->rule_of[sorted[k].choice - choices->items] = ret->count - 1;
        if (rule->text == NULL)
            return false;
    }
    return true;
}

bool choice_rules_make(const struct choices *choices, const bool *set, struct choice_rules *ret)
{
    struct sorted *sorted = calloc(choices->count + 1, sizeof *sorted);
    size_t count = 0;
    *ret = (struct choice_rules){.items = calloc(choices->count + 1, sizeof *ret->items),
                                 .rule_of = calloc(choices->count + 1, sizeof *ret->rule_of)};
    bool ok = sorted != NULL && ret->items != NULL && ret->rule_of != NULL;
    for (size_t i = 0; ok && i < choices->count; i++) {
        if (!set[i])
            continue;
        sorted[count] = (struct sorted){&choices->items[i], choice_fault_text(&choices->items[i])};
        ok = sorted[count++].fault != NULL;
    }
    if (ok)
        qsort(sorted, count, sizeof *sorted, compare);
    ok = ok && join(choices, sorted, count, ret);
    for (size_t i = 0; i < count; i++)
        free(sorted[i].fault);
    free(sorted);
    if (!ok)
        choice_rules_free(ret);
    return ok;
}

void choice_rules_free(struct choice_rules *rules)
{
    for (size_t i = 0; rules->items != NULL && i < rules->count; i++)
        free(rules->items[i].text);
    free(rules->items);
    free(rules->rule_of);
    *rules = (struct choice_rules){0};
}
