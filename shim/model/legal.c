#include "shim/model/legal.h"

#include <errno.h>
#include <netdb.h>

/* The shorthand legal.def is written in: in a row, a condition's bare name is its bit. */
enum {
#define CONDITION(name, need, lack) name = CONDITION_SET(name),
#include "shim/model/legal.def"
#undef CONDITION
};

enum {
    IN_ANY = LEGAL_ANY,
    IN_EPOLL_WAIT = LEGAL_EPOLL_WAIT,
#define FAMILY(id, word) IN_##id = FAMILY_##id,
    CALL_FAMILIES(FAMILY)
#undef FAMILY
};

static const struct legal_row rows[] = {
#define LEGAL(name, family, fault, err, needs, recipe, expect, tier, note, source)                           \
    {#name,           IN_##family,     FAULT_##fault, err,  (needs),                                         \
     RECIPE_##recipe, EXPECT_##expect, TIER_##tier,   note, source},
#include "shim/model/legal.def"
#undef LEGAL
};

static const struct {
    const char *name, *need, *lack;
} condition_words[CONDITION_COUNT] = {
#define CONDITION(name, need, lack) {#name, need, lack},
#include "shim/model/legal.def"
#undef CONDITION
};

static const struct {
    const char *name, *text;
} recipe_words[RECIPE_COUNT] = {
    [RECIPE_NONE] = {"NONE", "the call is made as it is"},
#define RECIPE(name, text) [RECIPE_##name] = {#name, text},
#include "shim/model/legal.def"
#undef RECIPE
};

static const struct {
    enum condition_bit bit;
    enum call_id call;
} only_for[] = {
#define ONLY_FOR(name, call) {CONDITION_##name, CALL_##call},
#include "shim/model/legal.def"
#undef ONLY_FOR
};

static const char *const tier_words[] = {
    [TIER_NETWORK] = "network",
    [TIER_SIGNALS] = "signals",
    [TIER_RESOURCES] = "resources",
    [TIER_PORTABLE] = "portable",
};

const struct legal_row *legal_row_at(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

static bool family_fits(const struct legal_row *row, const struct call_info *info)
{
    if (row->family == LEGAL_ANY)
        return true;
    if (row->family == LEGAL_EPOLL_WAIT)
        return info->traits & WAITS_EPOLL;
    return row->family == (int)info->family;
}

static bool call_fits(const struct legal_row *row, enum call_id call)
{
    for (size_t i = 0; i < sizeof only_for / sizeof *only_for; i++)
        if (row->needs >> only_for[i].bit & 1 && only_for[i].call != call)
            return false;
    return true;
}

/* error=ECONNRESET and reset are the same event; the rows speak of RESET. */
static bool fault_fits(const struct legal_row *row, enum fault_kind fault, int err)
{
    if (fault == FAULT_ERROR && err == ECONNRESET)
        fault = FAULT_RESET;
    if (row->fault != fault)
        return false;
    return fault != FAULT_ERROR || row->err == err;
}

bool legal_row_fits(const struct legal_row *row, enum call_id call, enum fault_kind fault, int err)
{
    if (!fault_fits(row, fault, err)) /* first, as it mostly does not */
        return false;
    const struct call_info *info = call_info(call);
    if (!family_fits(row, info) || !call_fits(row, call))
        return false;
    switch (fault) {
    case FAULT_ERROR:
        return call_allows_errno(call, err);
    case FAULT_SHORT:
        return info->traits & (row->recipe == RECIPE_FEWER ? COUNTS : SHORTENS);
    case FAULT_DROP:
    case FAULT_DUPLICATE:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_TRUNCATE:
        return info->traits & MESSAGES;
    default:
        return true;
    }
}

bool legal_possible(enum call_id call, enum fault_kind fault, int err)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (legal_row_fits(&rows[i], call, fault, err))
            return true;
    return false;
}

bool legal_once_accepted(enum call_id call, enum fault_kind fault, int err)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((rows[i].recipe == RECIPE_ACCEPT_DEAD || rows[i].recipe == RECIPE_ACCEPT_DROP) &&
            legal_row_fits(&rows[i], call, fault, err))
            return true;
    return false;
}

conditions legal_conditions(enum call_id call, enum fault_kind fault, int err)
{
    conditions all = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (legal_row_fits(&rows[i], call, fault, err))
            all |= rows[i].needs;
    return all;
}

conditions legal_lasting(void)
{
    return 0
#define LASTING(name) | CONDITION_SET(name)
#include "shim/model/legal.def"
#undef LASTING
        ;
}

conditions legal_conditions_at(enum call_id call)
{
    conditions all = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (family_fits(&rows[i], call_info(call)) && call_fits(&rows[i], call))
            all |= rows[i].needs;
    return all;
}

const struct legal_row *legal_find(enum call_id call, enum fault_kind fault, int err, conditions facts,
                                   enum condition_bit *ret_missing)
{
    int nearest = CONDITION_COUNT + 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!legal_row_fits(&rows[i], call, fault, err))
            continue;
        conditions lacking = rows[i].needs & ~facts;
        if (!lacking)
            return &rows[i];
        int count = __builtin_popcountll(lacking);
        if (count < nearest && ret_missing) {
            nearest = count;
            *ret_missing = (enum condition_bit)__builtin_ctzll(lacking);
        }
    }
    return NULL;
}

const char *condition_name(enum condition_bit bit)
{
    return condition_words[bit].name;
}

const char *condition_need(enum condition_bit bit)
{
    return condition_words[bit].need;
}

const char *condition_lack(enum condition_bit bit)
{
    return condition_words[bit].lack;
}

const char *recipe_name(enum recipe recipe)
{
    return recipe_words[recipe].name;
}

const char *recipe_text(enum recipe recipe)
{
    return recipe_words[recipe].text;
}

const char *tier_name(enum tier tier)
{
    return tier_words[tier];
}
