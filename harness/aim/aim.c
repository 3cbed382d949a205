#include "harness/aim/aim.h"
#include "harness/match/match.h"
#include "harness/program/lookup.h"
#include "shim/model/hash.h"

#include <stdlib.h>
#include <string.h>

unsigned int aim_column(const char *expression, const char *value)
{
    const char *at = strstr(expression, value);
    return at != NULL ? (unsigned int)(at - expression) + 1 : 1;
}

bool aim_needs_program(const struct rule *rule)
{
    return rule->site.text[0] != '\0' && (rule->site.range_count == 0 || rule->site.ranges[0].looked_up);
}

static void add_ranges(struct rule_site *site, const struct lookup_place *place)
{
    const char *slash = strrchr(place->module, '/'), *base = slash != NULL ? slash + 1 : place->module;
    uint64_t module = hash_bytes(base, strlen(base));
    for (size_t i = 0; i < place->count && site->range_count < RULE_SITE_RANGES; i++)
        site->ranges[site->range_count++] =
            (struct rule_range){module, place->ranges[i].lo, place->ranges[i].hi, true};
}

bool aim_at_program(struct rule *rule, const char *program, char *const *envp, struct diag *diag)
{
    struct lookup_place *place = malloc(sizeof *place);
    bool found = place != NULL && lookup_place(program, envp, rule->site.text, place, diag);
    if (place == NULL)
        diag_set(diag, STATUS_TROUBLE, "out of memory");
    if (found)
        add_ranges(&rule->site, place);
    free(place);
    return found;
}

bool aim_regex(const struct rule *rule, struct matcher *ret, unsigned int *ret_column, struct diag *diag)
{
    struct match_error error;
    if (!rule->match.regex || match_compile((const char *)rule->match.bytes, ret, &error))
        return true;
    *ret_column = error.column;
    diag_set(diag, STATUS_USAGE, "%s", error.message);
    return false;
}

void aim_regexes(struct board *board, uint32_t first, const struct rule *rules, uint32_t count)
{
    for (uint32_t i = 0; i < count && first + i < BOARD_RULES; i++) {
        struct matcher *matcher = &board->matchers[board->rules[first + i].match.table % BOARD_MATCHERS];
        unsigned int column;
        struct diag diag = {0};
        if (!aim_regex(&rules[i], matcher, &column, &diag))
            *matcher = (struct matcher){0};
    }
}
