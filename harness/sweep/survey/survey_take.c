#include "harness/sweep/survey/survey_take.h"

#include "harness/run/site_text.h"
#include "harness/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool take_frame(const struct board *board, uint32_t set, uint64_t address, struct survey_call *call)
{
    struct survey_frame *frame = &call->frames[call->frame_count];
    const struct board_module *module = board_module_at(board, set, address);
    char path[BOARD_MODULE_PATH] = "";
    if (module)
        site_module_path(module, path);
    const char *name = base_name(path);
    *frame =
        (struct survey_frame){text_utf8(name, strlen(name), NULL), address - (module ? module->base : 0)};
    call->frame_count += frame->module != NULL;
    return frame->module != NULL;
}

static bool take_frames(const struct board *board, const struct trace_record *record,
                        struct survey_call *call)
{
    bool good = take_frame(board, record->module_set, record->site, call);
    for (size_t i = 0; good && i < BOARD_CALLERS && record->callers[i]; i++)
        good = take_frame(board, record->module_set, record->callers[i], call);
    return good;
}

static bool take_call(const struct board *board, struct sites *sites, const struct decided_call *from,
                      struct survey_call *call)
{
    const struct trace_record *record = &from->record;
    const char *role = board->roles[record->role].name;
    *call = (struct survey_call){
        .process = text_utf8(role, strnlen(role, BOARD_ROLE_NAME), NULL),
        .call = (enum call_id)record->call,
        .fd = record->fd,
        .connection = record->connection,
        .facts = record->facts,
        .asked = record->asked,
        .ended = from->ended,
        .result = from->result,
        .error = from->error,
        .rule = from->rule,
        .recipe = from->recipe,
        .delay_ns = from->delay_ns,
    };
    char *site = site_text_in(board, sites, record->module_set, record->site);
    call->site = site ? text_utf8(site, strlen(site), NULL) : text_format("0x%" PRIx64, record->site);
    free(site);
    return call->process && call->site && take_frames(board, record, call);
}

bool survey_take(const struct board *board, struct sites *sites, const struct tracelog *log,
                 struct survey *ret)
{
    struct survey survey = {.lost = log->lost + log->decided_lost};
    size_t count = log->decided_count;
    survey.calls = calloc(count ? count : 1, sizeof *survey.calls);
    bool good = survey.calls != NULL;
    while (good && survey.count < count) {
        good = take_call(board, sites, &log->decided[survey.count], &survey.calls[survey.count]);
        survey.count++;
    }
    if (!good || !survey_number(&survey)) {
        survey_free(&survey);
        return false;
    }
    *ret = survey;
    return true;
}

/* Of one kind are calls that `when` counts together. */
static int compare_kind(const struct survey_call *a, const struct survey_call *b, bool by_connection)
{
    int order = strcmp(a->process, b->process);
    if (!order)
        order = (a->call > b->call) - (a->call < b->call);
    if (!order && by_connection)
        order = (a->connection > b->connection) - (a->connection < b->connection);
    return order;
}

static int compare(const void *left, const void *right, bool by_connection)
{
    const struct survey_call *a = *(struct survey_call *const *)left,
                             *b = *(struct survey_call *const *)right;
    int order = compare_kind(a, b, by_connection);
    return order ? order : (a > b) - (a < b); /* they are in one array, in order */
}

static int by_process(const void *left, const void *right)
{
    return compare(left, right, false);
}

static int by_connection(const void *left, const void *right)
{
    return compare(left, right, true);
}

bool survey_number(struct survey *survey)
{
    size_t count = survey->count;
    struct survey_call **sorted = calloc(count ? count : 1, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &survey->calls[i];
    qsort(sorted, count, sizeof *sorted, by_process);
    for (size_t i = 0; i < count; i++)
        sorted[i]->nth =
            i > 0 && compare_kind(sorted[i - 1], sorted[i], false) == 0 ? sorted[i - 1]->nth + 1 : 1;
    qsort(sorted, count, sizeof *sorted, by_connection);
    for (size_t i = 0; i < count; i++) {
        bool more = i > 0 && compare_kind(sorted[i - 1], sorted[i], true) == 0;
        if (sorted[i]->connection > 0)
            sorted[i]->nth_on_connection = more ? sorted[i - 1]->nth_on_connection + 1 : 1;
    }
    free(sorted);
    return true;
}
