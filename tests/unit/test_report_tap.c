/*
 * The reader below is stricter than the specification: version, plan first, points numbered without a gap,
 * and after a point at most one block of diagnostics, whose YAML is the subset that is written.
 */
#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 8, TEXT_MAX = 4096 };

struct point {
    bool good, skip;
    char description[TEXT_MAX], reason[TEXT_MAX];
    char yaml[TEXT_MAX]; /* lines without their indentation of two; "" for none */
};

struct tap {
    size_t count;
    struct point points[POINTS_MAX];
};

/* The next line into line[], without its newline. false: no more. */
static bool next_line(const char **text, char line[TEXT_MAX])
{
    const char *newline = strchr(*text, '\n');
    if (**text == '\0')
        return false;
    cr_assert_not_null(newline, "the last line is not ended: %s", *text);
    cr_assert_lt(newline - *text, TEXT_MAX);
    memcpy(line, *text, (size_t)(newline - *text));
    line[newline - *text] = '\0';
    *text = newline + 1;
    return true;
}

/* Description up to an unescaped '#', with its escapes taken away. Returns where it ended. */
static const char *read_description(const char *line, char *to)
{
    for (; *line != '\0' && *line != '#'; line++) {
        if (*line == '\\') {
            line++;
            cr_assert(*line == '\\' || *line == '#', "a backslash before %s", line);
        }
        cr_assert_geq((unsigned char)*line, 0x20);
        *to++ = *line;
    }
    *to = '\0';
    return line;
}

static void read_point(struct tap *tap, const char *line)
{
    cr_assert_lt(tap->count, POINTS_MAX);
    struct point *point = &tap->points[tap->count++];
    char number[32];
    point->good = strncmp(line, "ok ", 3) == 0;
    cr_assert(point->good || strncmp(line, "not ok ", 7) == 0, "got %s", line);
    line += point->good ? 3 : 7;
    snprintf(number, sizeof number, "%zu - ", tap->count);
    cr_assert_eq(strncmp(line, number, strlen(number)), 0, "got %s, expected number %s", line, number);
    line = read_description(line + strlen(number), point->description);
    if (*line == '\0')
        return;
    cr_assert_eq(strncmp(line, "# SKIP ", 7), 0, "got %s", line);
    point->skip = true;
    point->description[strlen(point->description) - 1] = '\0';
    cr_assert_eq(*read_description(line + 7, point->reason), '\0');
}

static void read_yaml(struct tap *tap, const char **text)
{
    char line[TEXT_MAX];
    cr_assert_gt(tap->count, 0);
    struct point *point = &tap->points[tap->count - 1];
    cr_assert_eq(point->yaml[0], '\0', "a second block");
    for (;;) {
        cr_assert(next_line(text, line), "a block without an end");
        if (strcmp(line, "  ...") == 0)
            return;
        cr_assert(line[0] == ' ' && line[1] == ' ' && line[2] != '\0', "a line that is not indented: %s",
                  line);
        cr_assert_lt(strlen(point->yaml) + strlen(line) + 2, TEXT_MAX);
        strcat(point->yaml, line + 2);
        strcat(point->yaml, "\n");
    }
}

static void report(struct results *results, struct tap *tap)
{
    char *all = made_report("tap", (struct report_stream){0}, results), line[TEXT_MAX], plan[32];
    const char *text = all;
    memset(tap, 0, sizeof *tap);
    cr_assert(next_line(&text, line));
    cr_assert_str_eq(line, "TAP version 14");
    cr_assert(next_line(&text, line));
    snprintf(plan, sizeof plan, results->count == 0 ? "1..0 # SKIP no experiments" : "1..%zu",
             results->count);
    cr_assert_str_eq(line, plan);
    while (next_line(&text, line))
        if (strcmp(line, "  ---") == 0)
            read_yaml(tap, &text);
        else
            read_point(tap, line);
    cr_assert_eq(tap->count, results->count);
    free(all);
}

static void contains(const struct point *point, const char *part)
{
    cr_expect_not_null(strstr(point->yaml, part), "no %s in:\n%s", part, point->yaml);
}

static struct tap tap;

Test(report_tap, points)
{
    struct results results = {0};
    struct result each[] = {
        made_result("a.yaml", "passes", VERDICT_PASS, NULL),
        made_result("a.yaml", "is skipped", VERDICT_SKIP, "no nginx"),
        made_result("a.yaml", "void", VERDICT_VOID, "no shim"),
    };
    for (size_t i = 0; i < 3; i++)
        results_add(&results, &each[i]);
    report(&results, &tap);
    cr_expect(tap.points[0].good && !tap.points[0].skip);
    cr_expect_str_eq(tap.points[0].description, "passes");
    cr_expect_str_eq(tap.points[0].yaml, "");
    cr_expect(tap.points[1].good && tap.points[1].skip);
    cr_expect_str_eq(tap.points[1].description, "is skipped");
    cr_expect_str_eq(tap.points[1].reason, "no nginx");
    cr_expect_not(tap.points[2].good);
    contains(&tap.points[2], "message: \"no shim\"\nseverity: \"void\"\nat:\n  file: \"a.yaml\"\n");
    results_free(&results);
}

Test(report_tap, diagnostics)
{
    struct results results = {0};
    struct result result = made_failure("fails");
    results_add(&results, &result);
    report(&results, &tap);
    contains(&tap.points[0], "at:\n  file: \"scenarios/short.yaml\"\n  line: 1\n");
    contains(&tap.points[0], "failures:\n"
                             "  - what: \"exit\"\n"
                             "    process: \"client\"\n"
                             "    expected: \"status 0\"\n"
                             "    got: \"killed by SIGSEGV\"\n"
                             "    file: \"scenarios/short.yaml\"\n"
                             "    line: 12\n"
                             "    column: 3\n"
                             "  - what: \"stdout\"\n");
    contains(&tap.points[0], "    got: \"line 1: \\\"hel\\\"\\nof 3 bytes\"\n");
    contains(&tap.points[0], "  - rule: \"server/send:reset\"\n"
                             "    place: \"scenarios/short.yaml:10:5\"\n"
                             "    matched: 4\n"
                             "    fired: 0\n"
                             "    refused: 4\n"
                             "    why: \"the socket is not TCP\"\n");
    contains(&tap.points[0],
             "seed: 1\nduration_ms: 12\nrepeat: \"sockfault run --seed 1 --only 'the claim' ");
    contains(&tap.points[0], "detail: |\n  FAIL  fails\n        scenarios/short.yaml:1\n    client: exit");
    results_free(&results);
}

Test(report_tap, nasty_names)
{
    static const char shown[] =
        "a\"b'c\\d <&>]]> #e\\n--- \\t\\x01\\x1b[31m\\x7f \\xff\\xc3( \\u{202e} \\u{fffe} "
        "caf\xc3\xa9";
    struct results results = {0};
    struct result skip = made_result("a.yaml", made_nasty, VERDICT_SKIP, made_nasty),
                  failure = made_failure(made_nasty);
    free(failure.failures[0].got);
    failure.failures[0].got = strdup(made_nasty);
    results_add(&results, &skip);
    results_add(&results, &failure);
    report(&results, &tap);
    cr_expect_str_eq(tap.points[0].description, shown);
    cr_expect_str_eq(tap.points[0].reason, shown);
    cr_expect_str_eq(tap.points[1].description, shown);
    contains(&tap.points[1],
             "    got: \"a\\\"b'c\\\\d <&>]]> #e\\n--- \\t\\u0001\\u001B[31m\\u007F \\uFFFD\\uFFFD( \\u202E "
             "\\uFFFE caf\xc3\xa9\"\n");
    results_free(&results);
}

Test(report_tap, no_experiments)
{
    struct results results = {0};
    report(&results, &tap);
    cr_expect_eq(tap.count, 0);
}
