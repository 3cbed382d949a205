/* What is told of a sweep, with everything in it that some format has a meaning for. */
#include "harness/sweep/defects.h"
#include "harness/sweep/report/excerpt.h"
#include "harness/sweep/report/grid.h"
#include "harness/sweep/report/html.h"
#include "harness/sweep/report/reasons.h"
#include "harness/text.h"
#include "tests/unit/compiled.h"
#include "tests/unit/made.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct survey_call calls[2];
static struct experiment experiment;
static struct sweep_programs programs;
static struct sweep sweep;

static size_t trial(const char *rule)
{
    for (size_t i = 0; i < sweep.plan.count; i++)
        if (strcmp(sweep.plan.trials[i].rule, rule) == 0)
            return i;
    cr_assert(false, "%s is not in the plan", rule);
    return 0;
}

#define ON_1    ":conn=1:when=1:scope=connection"
#define SHORT   "client/recv:short=1" ON_1
#define EOF_    "client/recv:eof=half" ON_1
#define RESET   "client/recv:reset" ON_1
#define DELAY   "client/recv:delay=8s" ON_1
#define SILENCE "client/recv:silence" ON_1

static void came_to(const char *rule, enum sweep_outcome outcome, const char *words)
{
    struct sweep_tried *tried = &sweep.tried[trial(rule)];
    tried->done = true;
    tried->seen = (struct sweep_seen){outcome, "client", words == NULL ? NULL : strdup(words)};
}

/* A call that survived, failed, was refused, did not fire and was not started; and another one. */
static void begin(void)
{
    struct sweep_filter filter = {.tiers = 1 << TIER_NETWORK};
    struct diag diag = {0};
    calls[0] = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    calls[1] = made_call("client", CALL_getaddrinfo, 32, 0, 1, 0);
    calls[0].site = (char *)made_nasty;
    calls[0].frames[1] = (struct survey_frame){(char *)made_nasty, 0x77};
    calls[0].frame_count = 2;
    sweep = (struct sweep){.survey = {.calls = calls, .count = 2}};
    cr_assert(sweep_plan_make(&sweep.survey, &filter, &sweep.plan, &diag), "%s", diag.text);
    sweep.tried = calloc(sweep.plan.count + 1, sizeof *sweep.tried);
    experiment = (struct experiment){.name = (char *)made_nasty, .file = (char *)"a.yaml"};
    sweep.subject.scenario = &experiment;
    sweep.warnings = strdup(made_nasty);
    came_to(SHORT, SWEEP_WRONG_OUTPUT, made_nasty);
    sweep.tried[trial(SHORT)].steadiness = SWEEP_STEADY;
    came_to(EOF_, SWEEP_SAME, NULL);
    came_to(RESET, SWEEP_REFUSED, made_nasty);
    came_to(DELAY, SWEEP_REFUSED, made_nasty);
    came_to(SILENCE, SWEEP_NOT_FIRED, NULL);
    sweep.classes[SWEEP_CLASS_SURVIVED] = sweep.classes[SWEEP_CLASS_DEFECT] = 1;
    cr_assert(sweep_defects_find(&sweep));
    sweep.defects[0].record = strdup(made_nasty);
}

static void finish(void)
{
    for (size_t i = 0; i < sweep.plan.count; i++)
        sweep_seen_free(&sweep.tried[i].seen);
    free(sweep.tried);
    free(sweep.warnings);
    sweep_defects_free(&sweep);
    sweep_plan_free(&sweep.plan);
}

TestSuite(sweep_report, .init = begin, .fini = finish);

static const struct sweep_cell *cell(const struct sweep_grid *grid, size_t row, const char *fault)
{
    for (size_t i = 0; i < grid->fault_count; i++)
        if (strcmp(grid->faults[i], fault) == 0)
            return sweep_grid_cell(grid, row, i);
    cr_assert(false, "no column %s", fault);
    return NULL;
}

static void expect_cell(const struct sweep_grid *grid, size_t row, const char *fault, enum sweep_state state,
                        const char *why)
{
    const struct sweep_cell *at = cell(grid, row, fault);
    cr_expect_eq(at->state, state, "%s in row %zu: %s", fault, row, sweep_state_name(at->state));
    cr_expect(why == NULL ? at->why == NULL : at->why != NULL && strcmp(at->why, why) == 0, "%s: %s", fault,
              at->why == NULL ? "nothing" : at->why);
}

Test(sweep_report, a_cell_tells_why_nothing_came_of_it)
{
    struct sweep_grid grid;
    cr_assert(sweep_grid_make(&sweep, false, &grid));
    cr_assert_eq(grid.place_count, 2);
    expect_cell(&grid, 0, "short=1", SWEEP_DEFECT, NULL);
    expect_cell(&grid, 0, "eof=half", SWEEP_SURVIVED, NULL);
    expect_cell(&grid, 0, "reset", SWEEP_NOT_HERE, made_nasty);
    expect_cell(&grid, 0, "silence", SWEEP_NOT_REACHED, "did not make the call");
    expect_cell(&grid, 0, "drop", SWEEP_NOT_HERE, condition_lack(CONDITION_UDP));
    expect_cell(&grid, 0, "error=EINTR", SWEEP_NOT_HERE, condition_lack(CONDITION_HANDLER));
    expect_cell(&grid, 0, "error=ETIMEDOUT", SWEEP_NOT_REACHED, "not started");
    expect_cell(&grid, 1, "short=1", SWEEP_ILLEGAL, NULL);
    cr_expect_eq(cell(&grid, 0, "short=1")->counts[SWEEP_DEFECT], 1);
    cr_expect_eq(cell(&grid, 0, "drop")->counts[SWEEP_NOT_HERE], 0);
    sweep_grid_free(&grid);
}

Test(sweep_report, columns_by_kind_hold_all_of_a_kind)
{
    struct sweep_grid grid;
    cr_assert(sweep_grid_make(&sweep, true, &grid));
    for (size_t i = 0; i < grid.fault_count; i++)
        cr_expect_null(strchr(grid.faults[i], '='), "%s", grid.faults[i]);
    cr_expect_gt(cell(&grid, 0, "error")->counts[SWEEP_NOT_REACHED], 1);
    sweep_grid_free(&grid);
}

/* The worst of several that came to one cell; of what came to nothing, what is known rather than not. */
Test(sweep_report, a_defect_outweighs)
{
    static const struct {
        enum sweep_outcome first, second;
        enum sweep_state state;
    } cases[] = {
        {SWEEP_SAME, SWEEP_CRASH, SWEEP_DEFECT},          {SWEEP_CRASH, SWEEP_SAME, SWEEP_DEFECT},
        {SWEEP_SAME, SWEEP_REFUSED, SWEEP_SURVIVED},      {SWEEP_REFUSED, SWEEP_SAME, SWEEP_SURVIVED},
        {SWEEP_REFUSED, SWEEP_NOT_FIRED, SWEEP_NOT_HERE}, {SWEEP_TROUBLE, SWEEP_REFUSED, SWEEP_NOT_HERE},
    };
    size_t first = trial("client/recv:error=ETIMEDOUT" ON_1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sweep_grid grid;
        for (size_t k = 0; k < sweep.plan.count; k++)
            if (sweep.plan.trials[k].row->fault == FAULT_ERROR && sweep.plan.trials[k].place == 0)
                sweep.tried[k] = (struct sweep_tried){.done = true, .seen = {.outcome = cases[i].first}};
        sweep.tried[first].seen.outcome = cases[i].second;
        cr_assert(sweep_grid_make(&sweep, true, &grid));
        cr_expect_eq(cell(&grid, 0, "error")->state, cases[i].state, "%zu", i);
        sweep_grid_free(&grid);
    }
}

Test(sweep_report, reasons_are_counted)
{
    size_t count;
    struct sweep_reason *reasons = sweep_reasons_find(&sweep, &count);
    cr_assert_eq(count, 1);
    cr_expect_str_eq(reasons[0].why, made_nasty);
    cr_expect_eq(reasons[0].count, 2);
    free(reasons);
}

/* Only line ends and what can be printed. */
static void expect_printable(const char *text)
{
    for (size_t len, left = strlen(text); left > 0; text += len, left -= len) {
        int32_t rune = text_rune(text, left, &len);
        cr_expect(rune == '\n' || (rune >= 0 && text_printable(rune)), "U+%04X before %.20s", (unsigned)rune,
                  text + len);
    }
}

static void contains(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "no %s in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
    cr_expect_null(strstr(text, part), "%s in:\n%s", part, text);
}

__attribute__((noinline)) static char *text_of(void (*write)(FILE *to))
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    write(to);
    fclose(to);
    return text;
}

static void write_text(FILE *to)
{
    sweep_text_write(to, &paint_plain, &sweep, &programs, "sockfault replay");
}

static void write_page(FILE *to)
{
    struct sweep_sum sum = {0};
    html_begin(to, made_nasty);
    html_sweep(to, &sweep, &programs, "sockfault replay");
    sweep_sum_add(&sum, &sweep);
    html_end(to, &sum);
}

#define ESCAPED "a\"b'c\\d <&>]]> #e\\n--- \\t\\x01\\x1b[31m\\x7f \\xff\\xc3( \\u{202e}"

Test(sweep_report, text_escapes_whatever_it_tells)
{
    char *text = text_of(write_text);
    expect_printable(text);
    contains(
        text,
        "DEFECT  client gives another result, and does not say that anything was wrong\n        " ESCAPED);
    contains(text, "\n    fault     the first recv moves one byte only: ");
    contains(text, "\n              client/recv:short=1" ON_1
                   "\n    seen      a\"b'c\\d <&>]]> #e\n              --- \\t");
    contains(text, "\nnot fired  client/recv:silence" ON_1 "\n");
    contains(text, "\nrefused  2: " ESCAPED);
    contains(text, "\nwarning: a\"b'c\\d <&>]]> #e\nwarning: --- \\t");
    contains(text, "\n    repeat    sockfault replay ");
    free(text);
}

Test(sweep_report, the_table_has_a_sign_for_each_state)
{
    char *text = text_of(write_text), *table = strstr(text, "  place ");
    cr_assert_not_null(table);
    char *row = strstr(table, "a\"b'c");
    cr_assert_not_null(row);
    row[strcspn(row, "\n")] = '\0';
    contains(row, " !1"); /* short */
    contains(row, " -1"); /* reset */
    contains(row, " ?1"); /* silence */
    contains(row, "  -"); /* drop */
    free(text);
}

Test(sweep_report, a_page_escapes_whatever_it_tells)
{
    char *text = text_of(write_page);
    expect_printable(text);
    lacks(text, "<&>");
    lacks(text, "a\"b'c");
    contains(text, "a&quot;b&#39;c\\d &lt;&amp;&gt;]]&gt; #e\\n--- \\t\\x01\\x1b[31m");
    contains(text, "<td class=\"cell failed\" title=\"short=1: 1 defect\">&#10007;</td>");
    contains(text, "<td class=\"cell survived\" title=\"eof=half: 1 survived\">&#10003;</td>");
    contains(text, "<td class=\"cell refused\" title=\"reset: 1 not legal here: a&quot;b&#39;c");
    contains(text, "<td class=\"cell illegal\" title=\"short=1: illegal\">&middot;</td>");
    contains(text, "<dt>seen</dt><dd>a&quot;b&#39;c\\d &lt;&amp;&gt;]]&gt; #e<br>\n--- \\t");
    contains(text, "<td class=\"number\">2</td><td>a&quot;b");
    free(text);
}

Test(sweep_report, a_page_needs_nothing_from_elsewhere)
{
    static const char *const ways[] = {"<script", "http:", "https:", "src=", "href=", "@import", "url("};
    char *text = text_of(write_page);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        lacks(text, ways[i]);
    contains(text, "prefers-color-scheme:dark");
    cr_expect_str_eq(text + strlen(text) - strlen("</body>\n</html>\n"), "</body>\n</html>\n");
    free(text);
}

Test(sweep_report, json_is_what_was_seen)
{
    json_t *json = sweep_json(&sweep), *table = json_object_get(json, "table"), *row, *one;
    char *text = json_dumps(json, JSON_COMPACT);
    cr_assert_not_null(text, "it is no UTF-8");
    contains(json_string_value(json_object_get(json, "name")), "a\"b'c\\d <&>]]> #e\n--- \t\x01\x1b[31m");
    row = json_array_get(json_object_get(table, "rows"), 0);
    size_t i = 0, columns = json_array_size(json_object_get(table, "faults"));
    cr_expect_eq(json_array_size(json_object_get(row, "cells")), columns);
    while (strcmp(json_string_value(json_array_get(json_object_get(table, "faults"), i)), "short=1") != 0)
        cr_assert_lt(++i, columns);
    one = json_array_get(json_object_get(row, "cells"), i);
    cr_expect_str_eq(json_string_value(json_object_get(one, "state")), "defect");
    cr_expect_eq(json_integer_value(json_object_get(one, "defect")), 1);
    one = json_array_get(json_object_get(json, "trials"), trial(SHORT));
    cr_expect_str_eq(json_string_value(json_object_get(one, "class")), "defect");
    cr_expect_str_eq(json_string_value(json_object_get(one, "outcome")), "wrong-output");
    one = json_array_get(json_object_get(json, "trials"), trial("client/recv:error=ETIMEDOUT" ON_1));
    cr_expect_str_eq(json_string_value(json_object_get(one, "class")), "not started");
    one = json_array_get(json_object_get(json, "defects"), 0);
    cr_expect_eq(json_integer_value(json_array_get(json_object_get(one, "trials"), 0)),
                 (json_int_t)trial(SHORT));
    free(text);
    json_decref(json);
}

static char excerpt[4096];

static bool take_excerpt(const char *path, int line)
{
    memset(excerpt, 0, sizeof excerpt);
    FILE *to = fmemopen(excerpt, sizeof excerpt, "w");
    bool there = sweep_excerpt_write(to, path, line);
    fclose(to);
    return there;
}

Test(excerpt, marks_the_line_among_those_around_it, .init = compiled_begin, .fini = compiled_end)
{
    compiled_write("a.c", "one\n\ttwo\x1b[31m\r\nthree <b>\n\nfive\xff\nsix");
    cr_expect(take_excerpt(compiled_path("a.c"), 3));
    cr_expect_str_eq(excerpt, "          1  one\n          2   two\\x1b[31m\n    >     3  three <b>\n"
                              "          4\n          5  five\\xff\n");
    cr_expect(take_excerpt(compiled_path("a.c"), 1));
    cr_expect_eq(strncmp(excerpt, "    >     1  one\n", 17), 0);
    cr_expect(take_excerpt(compiled_path("a.c"), 6));
    cr_expect_not_null(strstr(excerpt, "    >     6  six\n"));
}

Test(excerpt, writes_nothing_where_there_is_nothing, .init = compiled_begin, .fini = compiled_end)
{
    compiled_write("a.c", "one\n");
    compiled_run("mkfifo fifo");
    cr_expect_not(take_excerpt(compiled_path("a.c"), 2));
    cr_expect_not(take_excerpt(compiled_path("b.c"), 1));
    cr_expect_not(take_excerpt(compiled_path("fifo"), 1));
    cr_expect_not(take_excerpt(compiled_path("."), 1));
    cr_expect_str_eq(excerpt, "");
}

Test(excerpt, cuts_what_is_long, .init = compiled_begin, .fini = compiled_end)
{
    compiled_run("head -c 300 /dev/zero | tr '\\0' x >a.c; printf '\\303\\251' >>a.c");
    cr_expect(take_excerpt(compiled_path("a.c"), 1));
    cr_expect_eq(strlen(excerpt), strlen("    >     1  ") + SWEEP_COLUMNS + 1);
}
