#include "tests/unit/survey_world.h"

#include "harness/text.h"
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct survey_call *survey_add(struct survey *survey, const char *process, enum call_id call,
                               uint32_t connection, uint64_t at)
{
    survey->calls = realloc(survey->calls, (survey->count + 1) * sizeof *survey->calls);
    struct survey_call *added = &survey->calls[survey->count++];
    *added = (struct survey_call){
        .process = strdup(process),
        .call = call,
        .connection = connection,
        .fd = 3,
        .ended = true,
        .rule = -1,
        .frames = {{strdup("prog"), at}},
        .frame_count = 1,
        .site = text_format("prog.c:%d", (int)at),
    };
    return added;
}

struct survey survey_of(const struct run_world *world, const char *text, struct result *ret_result)
{
    struct scenario_set set = scenario_good(text);
    struct survey survey = {0};
    struct result result;
    struct diag diag = {0};
    cr_assert(survey_run(scenario_only(&set), &world->options, &survey, &result, &diag), "%s", diag.text);
    scenario_set_free(&set);
    if (ret_result)
        *ret_result = result;
    else
        result_free(&result);
    return survey;
}
