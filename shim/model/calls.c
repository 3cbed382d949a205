#include "shim/model/calls.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

/* ERRNOS is a parenthesised list: UNWRAP drops the parentheses, so that a misspelt errno does not compile. */
#define UNWRAP(...) __VA_ARGS__
#define CALL(ret, name, params, args, family, shape, traits, errnos)                                         \
    static const int errnos_##name[] = {UNWRAP errnos, 0};
#include "shim/model/calls.def"
#undef CALL

static const struct call_info infos[CALL_COUNT] = {
#define CALL(ret, name, params, args, family, shape, traits, errnos)                                         \
    [CALL_##name] = {#name, #ret " " #name #params, FAMILY_##family, (traits), errnos_##name},
#include "shim/model/calls.def"
#undef CALL
};

static const char *const family_words[FAMILY_COUNT] = {
#define FAMILY(id, word) [FAMILY_##id] = word,
    CALL_FAMILIES(FAMILY)
#undef FAMILY
};

_Static_assert(CALL_COUNT <= 64 * CALL_SET_WORDS, "struct call_set needs another word");

static bool same_word(const char *word, const char *name, size_t len)
{
    return strlen(word) == len && memcmp(word, name, len) == 0;
}

const struct call_info *call_info(enum call_id id)
{
    return &infos[id];
}

bool call_has_connection(enum call_id id)
{
    switch (call_info(id)->family) {
    case FAMILY_RECEIVE:
    case FAMILY_SEND:
    case FAMILY_CONNECT:
    case FAMILY_ACCEPT:
    case FAMILY_QUERY:
    case FAMILY_END:
        return true;
    case FAMILY_SETUP:
        return id == CALL_setsockopt;
    default:
        return false;
    }
}

enum call_id call_find(const char *name, size_t len)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (same_word(infos[id].name, name, len))
            return (enum call_id)id;
    return CALL_NONE;
}

const char *family_name(enum call_family family)
{
    return family_words[family];
}

int family_find(const char *name, size_t len)
{
    for (int family = 0; family < FAMILY_COUNT; family++)
        if (same_word(family_words[family], name, len))
            return family;
    return -1;
}

void call_set_add(struct call_set *set, enum call_id id)
{
    set->bits[id / 64] |= UINT64_C(1) << (id % 64);
}

void call_set_remove(struct call_set *set, enum call_id id)
{
    set->bits[id / 64] &= ~(UINT64_C(1) << (id % 64));
}

bool call_set_has(const struct call_set *set, enum call_id id)
{
    return set->bits[id / 64] >> (id % 64) & 1;
}

bool call_set_empty(const struct call_set *set)
{
    uint64_t any = 0;
    for (int i = 0; i < CALL_SET_WORDS; i++)
        any |= set->bits[i];
    return any == 0;
}

void call_set_add_family(struct call_set *set, enum call_family family)
{
    for (int id = 0; id < CALL_COUNT; id++)
        if (infos[id].family == family)
            call_set_add(set, (enum call_id)id);
}

bool call_allows_errno(enum call_id id, int err)
{
    for (const int *e = infos[id].errnos; *e; e++)
        if (*e == err)
            return true;
    return false;
}
