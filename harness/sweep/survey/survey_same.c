#include "harness/sweep/survey/survey.h"

#include "harness/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_frames(const struct survey_call *a, const struct survey_call *b)
{
    int order = ORDER(a->frame_count, b->frame_count);
    for (size_t i = 0; !order && i < a->frame_count; i++) {
        order = strcmp(a->frames[i].module, b->frames[i].module);
        /* Where no module is known, addresses are others each time. */
        if (!order && a->frames[i].module[0])
            order = ORDER(a->frames[i].offset, b->frames[i].offset);
    }
    return order;
}

/* The same place, on the same connection. */
static int compare_place(const struct survey_call *a, const struct survey_call *b)
{
    int order = strcmp(a->process, b->process);
    order = order ? order : ORDER(a->call, b->call);
    order = order ? order : ORDER(a->connection, b->connection);
    return order ? order : compare_frames(a, b);
}

static int by_place(const void *left, const void *right)
{
    const struct survey_call *a = *(const struct survey_call *const *)left,
                             *b = *(const struct survey_call *const *)right;
    int order = compare_place(a, b);
    return order ? order : ORDER(a->nth_on_connection, b->nth_on_connection);
}

static const struct survey_call **sorted(const struct survey *survey)
{
    const struct survey_call **calls = calloc(survey->count + 1, sizeof *calls); /* NULL at the end */
    for (size_t i = 0; calls && i < survey->count; i++)
        calls[i] = &survey->calls[i];
    if (calls)
        qsort(calls, survey->count, sizeof *calls, by_place);
    return calls;
}

/* How many from the first on are made at its place. */
static size_t repetitions(const struct survey_call *const *calls)
{
    size_t count = 0;
    while (calls[0] && calls[count] && compare_place(calls[0], calls[count]) == 0)
        count++;
    return count;
}

static char *place_text(const struct survey_call *call)
{
    char on[32] = "";
    if (call->connection > 0)
        snprintf(on, sizeof on, " on connection %" PRIu32, call->connection);
    return text_format("%s: %s() at %s%s", call->process, call_info(call->call)->name, call->site, on);
}

static bool gave(const struct survey_call *const *calls, size_t count, int error)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i]->error == error)
            return true;
    return false;
}

/* Why the count of it may be another each time; "" where nothing is known to be a reason. */
static const char *excuse(const struct survey_call *const *calls, size_t count)
{
    if (call_info(calls[0]->call)->family == FAMILY_WAIT)
        return "; how often a wait returns may depend on who is faster";
    if (gave(calls, count, EAGAIN))
        return "; some found nothing to do (EAGAIN), which may depend on who is faster";
    if (gave(calls, count, EINTR))
        return "; some were interrupted (EINTR), which may depend on when the signal came";
    return "";
}

static char *count_text(const struct survey_call *const *calls, size_t here, size_t there, bool swapped)
{
    char *place = place_text(calls[0]), *text = NULL;
    size_t left = swapped ? there : here, right = swapped ? here : there;
    if (place)
        text = text_format("%s was made %zu time%s in one run and %zu time%s in the other%s", place, left,
                           left == 1 ? "" : "s", right, right == 1 ? "" : "s", excuse(calls, here));
    free(place);
    return text;
}

static char *turn_text(const struct survey_call *left, const struct survey_call *right)
{
    char *place = place_text(left), *text = NULL;
    if (place)
        text = text_format("%s was call %" PRIu64 " of its kind there in one run and call %" PRIu64
                           " in the other",
                           place, left->nth_on_connection, right->nth_on_connection);
    free(place);
    return text;
}

/* The first of those made at one place whose turn differs; `count` when none does. */
static size_t first_turned(const struct survey_call *const *left, const struct survey_call *const *right,
                           size_t count)
{
    size_t i = 0;
    while (i < count && left[i]->nth_on_connection == right[i]->nth_on_connection)
        i++;
    return i;
}

/* Goes through both, place by place. How many differ; *ret_first: the first of them in words. */
static size_t differing(const struct survey_call *const *left, const struct survey_call *const *right,
                        char **ret_first)
{
    size_t found = 0;
    while (*left || *right) {
        int order = !*left ? 1 : !*right ? -1 : compare_place(*left, *right);
        size_t here = order <= 0 ? repetitions(left) : 0, there = order >= 0 ? repetitions(right) : 0;
        size_t turned = here == there ? first_turned(left, right, here) : 0;
        bool differs = here != there || turned < here;
        if (differs && found++ == 0 && ret_first) {
            if (here == there)
                *ret_first = turn_text(left[turned], right[turned]);
            else if (here > there)
                *ret_first = count_text(left, here, there, false);
            else
                *ret_first = count_text(right, there, here, true);
        }
        left += here;
        right += there;
    }
    return found;
}

static void add_more(char **text, size_t more)
{
    char *longer = *text ? text_format("%s (and %zu more)", *text, more) : NULL;
    if (!longer)
        return;
    free(*text);
    *text = longer;
}

bool survey_same(const struct survey *left, const struct survey *right, char **ret_difference)
{
    const struct survey_call **a = sorted(left), **b = sorted(right);
    char *first = NULL;
    size_t count = a && b ? differing(a, b, ret_difference ? &first : NULL) : 1;
    if (count > 1)
        add_more(&first, count - 1);
    free(a);
    free(b);
    if (count == 0)
        return true;
    if (ret_difference)
        *ret_difference = first;
    return false;
}
