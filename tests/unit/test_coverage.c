/* Coverage: what gcov says, added up and told. */
#include "harness/coverage/counts.h"
#include "harness/coverage/coverage.h"
#include "harness/coverage/tools.h"
#include "harness/sweep/report/coverage_report.h"
#include "harness/text.h"
#include "tests/unit/compiled.h"
#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct coverage coverage;

static void finish(void)
{
    coverage_free(&coverage);
}

TestSuite(coverage, .fini = finish);

#define DOCUMENT(files)                                                                                      \
    "{\"format_version\": \"1\", \"current_working_directory\": \"/src\", \"data_file\": \"x.gcda\", "       \
    "\"files\": [" files "]}\n"
#define FILE_(name, lines) "{\"file\": \"" name "\", \"lines\": [" lines "]}"
#define LINE(number, count, branches)                                                                        \
    "{\"line_number\": " #number ", \"count\": " #count ", \"branches\": [" branches "]}"
#define WAYS(one, other) "{\"count\": " #one "}, {\"count\": " #other "}"

static void parse(const char *text, unsigned char by)
{
    struct diag diag = {0};
    cr_assert(coverage_parse(text, strlen(text), by, &coverage, &diag), "%s", diag.text);
}

/* Of 5 lines two are reached before, two added, one of them half. */
static void parse_some(void)
{
    parse(DOCUMENT(FILE_("a.c", LINE(3, 1, WAYS(1, 0)) "," LINE(4, 1, "") "," LINE(6, 0, WAYS(0, 0)) "," LINE(
                                    7, 0, "") "," LINE(9, 0, WAYS(0, 0)))),
          COVERAGE_BEFORE);
    parse(DOCUMENT(FILE_("a.c", LINE(3, 2, WAYS(1, 1)) "," LINE(4, 1, "") "," LINE(6, 1, WAYS(1, 0)) "," LINE(
                                    7, 5, "") "," LINE(9, 0, WAYS(0, 0)))),
          COVERAGE_SWEEP);
}

Test(coverage, before_and_after_are_kept_apart)
{
    struct coverage_sum sum = {0};
    parse_some();
    cr_assert_eq(coverage.count, 1);
    cr_expect_str_eq(coverage.files[0].path, "/src/a.c");
    coverage_sum_add(&sum, &coverage.files[0]);
    cr_expect_eq(sum.lines, 5);
    cr_expect_eq(sum.lines_before, 2);
    cr_expect_eq(sum.lines_after, 4);
    cr_expect_eq(sum.branches, 6);
    cr_expect_eq(sum.branches_before, 1);
    cr_expect_eq(sum.branches_after, 3);
}

Test(coverage, lists_are_ranges)
{
    parse_some();
    const struct coverage_file *file = &coverage.files[0];
    char *texts[] = {coverage_lines_text(file, COVERAGE_REACHED), coverage_lines_text(file, COVERAGE_ADDED),
                     coverage_lines_text(file, COVERAGE_NEVER), coverage_branches_text(file, COVERAGE_ADDED),
                     coverage_branches_text(file, COVERAGE_NEVER)};
    static const char *const expected[] = {"3-4", "6-7", "9", "3 (1 of 2), 6 (1 of 2)", "6 (1 of 2)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cr_expect_str_eq(texts[i], expected[i]);
        free(texts[i]);
    }
}

Test(coverage, several_documents_and_functions_of_one_line_are_one)
{
    parse(DOCUMENT(FILE_("a.c", LINE(3, 0, "") "," LINE(3, 1, WAYS(0, 1)) "," LINE(2, 1, "")))
              DOCUMENT(FILE_("/usr/include/stdio.h", LINE(1, 1, "")) "," FILE_("/other/b.c", LINE(1, 0, ""))),
          COVERAGE_BEFORE);
    cr_assert_eq(coverage.count, 2);
    cr_expect_str_eq(coverage.files[0].path, "/other/b.c");
    cr_assert_eq(coverage.files[1].count, 2);
    cr_expect_eq(coverage.files[1].lines[0].number, 2);
    cr_expect_eq(coverage.files[1].lines[1].by, COVERAGE_BEFORE);
    cr_expect_eq(coverage.files[1].lines[1].branch_count, 2);
    char *root = coverage_root(&coverage, "/src");
    cr_expect_str_eq(root, "");
    free(root);
}

Test(coverage, the_folder_of_all_sources)
{
    parse(DOCUMENT(FILE_("/p/src/a.c", LINE(1, 1, "")) "," FILE_("/p/srb/b.c", LINE(1, 1, ""))), 1);
    char *inside = coverage_root(&coverage, "/p"), *outside = coverage_root(&coverage, "/p/src");
    cr_expect_str_eq(inside, "/p");
    cr_expect_str_eq(outside, "/p");
    free(inside);
    free(outside);
}

Test(coverage, what_is_no_answer_of_gcov_is_refused)
{
    static const char *const texts[] = {"nothing", "{", "{\"files\": []}", "[1]", DOCUMENT("") "]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct diag diag = {0};
        cr_expect_not(coverage_parse(texts[i], strlen(texts[i]), 1, &coverage, &diag), "%s", texts[i]);
        cr_expect_eq(diag.status, STATUS_TROUBLE);
    }
}

Test(coverage, counts_of_another_build_are_said)
{
    parse(DOCUMENT(""), 1);
    cr_expect_str_eq(coverage.warnings,
                     "coverage: x.gcda does not go with the notes (.gcno) that are there now");
}

static char *text_of(void (*write)(FILE *, const struct coverage *, const char *))
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    write(to, &coverage, "/src");
    fclose(to);
    return text;
}

static void name_nastily(void)
{
    parse_some();
    free(coverage.files[0].path);
    coverage.files[0].path = text_format("/src/%s", made_nasty);
    coverage.warnings = strdup(made_nasty);
}

static void expect_printable(const char *text)
{
    for (size_t len, left = strlen(text); left > 0; text += len, left -= len) {
        int32_t rune = text_rune(text, left, &len);
        cr_expect(rune == '\n' || (rune >= 0 && text_printable(rune)), "U+%04X", (unsigned)rune);
    }
}

Test(coverage, text_says_what_is_left)
{
    name_nastily();
    char *text = text_of(coverage_text_write);
    expect_printable(text);
    cr_expect_not_null(strstr(text, "  40.0%   80.0%     4/5      16.7%   50.0%     3/6"), "%s", text);
    cr_expect_not_null(strstr(text, "  lines that the sweep added\n    a\"b'c\\d <&>]]> #e\\n--- "), "%s",
                       text);
    cr_expect_not_null(strstr(text, "\nwarning: a\"b'c\\d <&>]]> #e\nwarning: --- \\t\\x01"), "%s", text);
    free(text);
}

Test(coverage, page_escapes_paths_and_sources, .init = compiled_begin, .fini = compiled_end)
{
    compiled_write("a.c", "1\n2\n3 <b>\n4\n5\n6 \"\x1b[31m\n7\n8\n9\n10\n11\n12\n");
    name_nastily();
    free(coverage.files[0].path);
    coverage.files[0].path = strdup(compiled_path("a.c"));
    char *text = text_of(coverage_html_write);
    expect_printable(text);
    cr_expect_not_null(strstr(text, ">  +1 of 2 ways           3</span>  3 &lt;b&gt;\n"), "%s", text);
    cr_expect_not_null(
        strstr(text, "<span class=\"survived\">+ 1 of 2 not             6</span>  6 &quot;\\x1b[31m\n"), "%s",
        text);
    cr_expect_not_null(strstr(text, "<span class=\"failed\">-"), "%s", text);
    cr_expect_null(strstr(text, ">  12\n"), "far from anything: %s", text);
    cr_expect_not_null(strstr(text, "a&quot;b&#39;c\\d &lt;&amp;&gt;"), "%s", text);
    free(text);
    coverage_free(&coverage);
}

Test(coverage, json_has_each_line)
{
    name_nastily();
    json_t *json = coverage_json(&coverage, "/src"),
           *file = json_array_get(json_object_get(json, "files"), 0);
    char *text = json_dumps(json_object_get(file, "added_branches"), JSON_COMPACT);
    cr_expect_str_eq(text, "[[3,1],[6,0]]");
    free(text);
    text = json_dumps(json_object_get(file, "missing_lines"), JSON_COMPACT);
    cr_expect_str_eq(text, "[9]");
    free(text);
    cr_expect_eq(json_integer_value(json_object_get(json, "lines_after")), 4);
    text = json_dumps(json, JSON_COMPACT);
    cr_expect_not_null(text, "it is no UTF-8");
    free(text);
    json_decref(json);
}

Test(coverage, a_missing_tool_is_one_line)
{
    struct coverage_tools tools;
    struct diag diag = {0};
    cr_expect_not(coverage_tools_find(99, &tools, &diag));
    cr_expect_eq(strncmp(diag.text, "--coverage: got a gcov of gcc ", 30), 0, "%s", diag.text);
    cr_expect_null(strchr(diag.text, '\n'));
    diag = (struct diag){0};
    setenv("PATH", "/nowhere", 1);
    cr_expect_not(coverage_tools_find(12, &tools, &diag));
    cr_expect_str_eq(diag.text, "--coverage: there is no gcov of gcc 12, which built the program");
}

Test(coverage, losses_are_counted, .init = compiled_begin, .fini = compiled_end)
{
    compiled_run("mkdir f");
    cr_expect_null(counts_lost_text(compiled_path("f")));
    counts_lost(compiled_path("f"), "b");
    counts_lost(compiled_path("f"), "a");
    counts_lost(compiled_path("f"), "b");
    char *text = counts_lost_text(compiled_path("f"));
    cr_expect_str_eq(text, "a\nb, 2 times");
    free(text);
}
