#include "harness/sweep/survey/survey_take.h"

#include "harness/memory/memory.h"
#include "harness/run/trace/site_text.h"
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

/* A sanitizer's runtime stands between program and shim, in a library or in the program. */
static bool is_interceptor(const char *module, const char *site)
{
    return memory_is_runtime(module) || strncmp(site, "__interceptor_", strlen("__interceptor_")) == 0;
}

/* Of the innermost frame that is the program's own. Once the frames are there. */
static char *take_site(const struct board *board, struct sites *sites, const struct trace_record *record,
                       const struct survey_call *call)
{
    char *first = NULL;
    for (size_t i = 0; i < call->frame_count; i++) {
        uint64_t address = i == 0 ? record->site : record->callers[i - 1];
        char *site = site_text_in(board, sites, record->module_set, address);
        if (site && !is_interceptor(call->frames[i].module, site)) {
            free(first);
            return site;
        }
        if (first)
            free(site);
        else
            first = site;
    }
    return first;
}

/* Fit to be told; the address where there is nothing else. Takes the site over. */
static char *site_text_of(char *site, uint64_t address)
{
    char *text = site ? text_utf8(site, strlen(site), NULL) : text_format("0x%" PRIx64, address);
    free(site);
    return text;
}

static char *role_of(const struct board *board, const struct trace_record *record)
{
    const char *role = board->roles[record->role].name;
    return text_utf8(role, strnlen(role, BOARD_ROLE_NAME), NULL);
}

static char *site_of(const struct board *board, struct sites *sites, const struct trace_record *record)
{
    return site_text_of(site_text_in(board, sites, record->module_set, record->site), record->site);
}

/* By which a rule can meet the call. */
static uint32_t connection_of(const struct trace_record *record)
{
    return call_has_connection((enum call_id)record->call) ? record->connection : 0;
}

static bool take_call(const struct board *board, struct sites *sites, const struct decided_call *from,
                      struct survey_call *call)
{
    const struct trace_record *record = &from->record;
    *call = (struct survey_call){
        .process = role_of(board, record),
        .call = (enum call_id)record->call,
        .fd = record->fd,
        .connection = connection_of(record),
        .tid = record->tid,
        .facts = record->facts,
        .asked = record->asked,
        .ended = from->ended,
        .result = from->result,
        .error = from->error,
        .rule = from->rule,
        .recipe = from->recipe,
    };
    if (!take_frames(board, record, call))
        return false;
    call->site = site_text_of(take_site(board, sites, record, call), record->site);
    return call->process && call->site;
}

/* Of the call it fired at, as the survey tells that; NULL: it fired before there was one. */
static const struct survey_call *call_of(const struct tracelog *log, const struct survey *survey,
                                         const struct trace_record *record)
{
    size_t low = 0, high = survey->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->decided[middle].number < record->decided)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < survey->count && record->decided > 0 && log->decided[low].number == record->decided;
    return found ? &survey->calls[low] : NULL;
}

static bool take_fired(const struct board *board, struct sites *sites, const struct tracelog *log,
                       struct survey *survey)
{
    survey->fired_lost = log->fired_lost;
    survey->fired = calloc(log->fired_count + 1, sizeof *survey->fired);
    for (size_t i = 0; survey->fired != NULL && i < log->fired_count; i++) {
        const struct trace_record *record = &log->fired[i];
        const struct survey_call *call = call_of(log, survey, record);
        struct survey_fired *fired = &survey->fired[survey->fired_count++];
        *fired = (struct survey_fired){
            .process = role_of(board, record),
            .call = (enum call_id)record->call,
            .connection = connection_of(record),
            .nth = (uint64_t)record->result,
            .rule = record->rule,
            .delay_ns = record->delay_ns,
            .asked = record->asked,
            .amount = record->facts,
            .site = call ? strdup(call->site) : site_of(board, sites, record),
        };
        if (fired->process == NULL || fired->site == NULL)
            return false;
    }
    return survey->fired != NULL;
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
    if (!good || !take_fired(board, sites, log, &survey) || !survey_number(&survey)) {
        survey_free(&survey);
        return false;
    }
    *ret = survey;
    return true;
}

/* What `when` counts by: calls that agree in it are counted together. */
enum counted_by { BY_ALL, BY_CONNECTION, BY_THREAD };

static int compare_kind(const struct survey_call *a, const struct survey_call *b, enum counted_by by)
{
    int order = strcmp(a->process, b->process);
    if (!order)
        order = (a->call > b->call) - (a->call < b->call);
    if (!order && by == BY_CONNECTION)
        order = (a->connection > b->connection) - (a->connection < b->connection);
    if (!order && by == BY_THREAD)
        order = (a->tid > b->tid) - (a->tid < b->tid);
    return order;
}

static int compare(const void *left, const void *right, void *context)
{
    const struct survey_call *a = *(struct survey_call *const *)left,
                             *b = *(struct survey_call *const *)right;
    const enum counted_by *by = context;
    int order = compare_kind(a, b, *by);
    return order ? order : (a > b) - (a < b); /* they are in one array, in order */
}

static uint64_t *number_of(struct survey_call *call, enum counted_by by)
{
    return by == BY_ALL ? &call->nth : by == BY_THREAD ? &call->nth_in_thread : &call->nth_on_connection;
}

static void number(struct survey_call **sorted, size_t count, enum counted_by by)
{
    qsort_r(sorted, count, sizeof *sorted, compare, &by);
    for (size_t i = 0; i < count; i++) {
        bool more = i > 0 && compare_kind(sorted[i - 1], sorted[i], by) == 0;
        if (by != BY_CONNECTION || sorted[i]->connection > 0)
            *number_of(sorted[i], by) = more ? *number_of(sorted[i - 1], by) + 1 : 1;
    }
}

bool survey_number(struct survey *survey)
{
    size_t count = survey->count;
    struct survey_call **sorted = calloc(count ? count : 1, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &survey->calls[i];
    number(sorted, count, BY_ALL);
    number(sorted, count, BY_CONNECTION);
    number(sorted, count, BY_THREAD);
    free(sorted);
    return true;
}
