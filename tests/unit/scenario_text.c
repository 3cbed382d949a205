#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <string.h>

struct scenario_set scenario_good(const char *text)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    bool ok = scenario_read_text("t.yaml", text, strlen(text), &set, &diag);
    cr_assert(ok, "%s", diag.text);
    cr_assert(diag_ok(&diag));
    return set;
}

const char *scenario_wrong(const char *text)
{
    static struct diag diag;
    struct scenario_set set = {0};
    diag = (struct diag){0};
    cr_assert_not(scenario_read_text("t.yaml", text, strlen(text), &set, &diag),
                  "read as if it was right:\n%s", text);
    cr_assert_eq(diag.status, STATUS_USAGE);
    cr_assert_eq(set.count, 0, "a wrong file leaves no experiments behind");
    scenario_set_free(&set);
    diag.text[strcspn(diag.text, "\n")] = '\0';
    cr_assert(strncmp(diag.text, "t.yaml:", 7) == 0, "%s", diag.text);
    return diag.text + 7;
}

const struct experiment *scenario_only(const struct scenario_set *set)
{
    cr_assert_eq(set->count, 1);
    return &set->experiments[0];
}
