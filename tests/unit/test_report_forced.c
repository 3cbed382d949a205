/* What was injected by force is marked in every report, and of what passed as well. */
#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A result that passed, with one rule that was forced so often. */
static char *report(const char *format, uint64_t forced)
{
    struct results results = {0};
    struct result result = made_result("scenarios/a.yaml", "passes", VERDICT_PASS, NULL);
    result.rules = calloc(1, sizeof *result.rules);
    result.rule_count = 1;
    result.rules[0] = (struct rule_result){
        .text = strdup("client/send:error=ENOBUFS:force # x"), .matched = 3, .fired = 3, .forced = forced};
    results_add(&results, &result);
    char *text = made_report(format, (struct report_stream){0}, &results);
    results_free(&results);
    return text;
}

static void marks(const char *format, const char *mark)
{
    char *forced = report(format, 2), *lawful = report(format, 0);
    cr_expect(strstr(forced, mark) != NULL, "%s: no '%s' in\n%s", format, mark, forced);
    cr_expect(strstr(lawful, mark) == NULL, "%s: '%s' in\n%s", format, mark, lawful);
    free(forced);
    free(lawful);
}

Test(report_forced, text)
{
    marks("text", "ok    scenarios/a.yaml (1 experiment, 1 with a fault by force, ");
}

Test(report_forced, tap)
{
    marks("tap", "ok 1 - passes\n# by force: client/send:error=ENOBUFS:force \\# x 2 times\n");
}

Test(report_forced, junit)
{
    marks("junit", "<property name=\"forced\" value=\"client/send:error=ENOBUFS:force # x 2 times\"/>");
}

Test(report_forced, json)
{
    marks("json", "\"forced\": 2");
}
