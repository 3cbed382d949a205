/* Records are read as they were written, and what is none is said to be none. */
#include "harness/sweep/records/record.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sweep-record-XXXXXX";
static char path[64], file[64];

static void begin(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/sub/a.record", folder);
    snprintf(file, sizeof file, "%s/b.record", folder);
}

static void finish(void)
{
    char sub[64];
    snprintf(sub, sizeof sub, "%s/sub", folder);
    unlink(path);
    unlink(file);
    rmdir(sub);
    rmdir(folder);
}

TestSuite(sweep_record, .init = begin, .fini = finish);

static struct record made(void)
{
    static struct record_program program = {(char *)"client", (char *)"/bin/true", (char *)"0123"};
    return (struct record){.scenario = (char *)"a.yaml",
                           .experiment = (char *)"a \"claim\" [n=1]",
                           .seed = UINT64_MAX,
                           .clock = CLOCK_REAL,
                           .timeout_ns = 5,
                           .rule = (char *)"client/recv:reset:when=1",
                           .row = (char *)"receive_reset_tcp",
                           .starting = true,
                           .expect = EXPECT_H,
                           .outcome = SWEEP_CRASH,
                           .seen = (char *)"client: \xff",
                           .with = (char *)"asan",
                           .site = (char *)"client.c:88",
                           .programs = &program,
                           .program_count = 1};
}

Test(sweep_record, it_is_read_as_it_was_written)
{
    struct record record = made(), got;
    struct diag diag = {0};
    cr_assert(record_write(&record, path, &diag), "%s", diag.text);
    cr_assert(record_read(path, &got, &diag), "%s", diag.text);
    cr_expect_str_eq(got.scenario, record.scenario);
    cr_expect_str_eq(got.experiment, record.experiment);
    cr_expect_null(got.text);
    cr_expect_str_eq(got.with, "asan");
    cr_expect_eq(got.seed, record.seed);
    cr_expect_eq(got.clock, record.clock);
    cr_expect_eq(got.timeout_ns, record.timeout_ns);
    cr_expect_str_eq(got.rule, record.rule);
    cr_expect_str_eq(got.row, record.row);
    cr_expect(got.starting);
    cr_expect_eq(got.expect, record.expect);
    cr_expect_eq(got.outcome, record.outcome);
    cr_expect_str_eq(got.seen, "client: \xef\xbf\xbd");
    cr_expect_str_eq(got.site, record.site);
    cr_assert_eq(got.program_count, 1);
    cr_expect_str_eq(got.programs[0].process, "client");
    cr_expect_str_eq(got.programs[0].build_id, "0123");
    record_free(&got);
}

/* The file with `from` replaced by `to` is wrong, and `message` is said. */
static void expect_wrong(const char *from, const char *to, const char *message)
{
    struct record record = made(), got;
    struct diag diag = {0};
    char text[4096];
    cr_assert(record_write(&record, path, &diag));
    FILE *in = fopen(path, "re"), *out = fopen(file, "we");
    cr_assert(in != NULL && out != NULL);
    size_t len = fread(text, 1, sizeof text - 1, in);
    text[len] = '\0';
    char *at = strstr(text, from);
    cr_assert_not_null(at, "no %s", from);
    fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(in);
    fclose(out);
    cr_expect_not(record_read(file, &got, &diag), "%s", to);
    cr_expect_eq(diag.status, STATUS_USAGE);
    cr_expect(strstr(diag.text, message) != NULL, "got '%s', expected '%s'", diag.text, message);
}

Test(sweep_record, what_is_wrong_with_it_is_said)
{
    expect_wrong("\"record\": 1", "\"record\": 2", "got 2 for 'record', expected 1, the version");
    expect_wrong("\"rule\": \"client", "\"rule\": 3, \"x\": \"client", "got 3 for 'rule', expected a string");
    expect_wrong("\"crash\"", "\"boom\"", "got \"boom\" for 'outcome', expected an outcome of a sweep");
    expect_wrong("\"H\"", "\"I\"", "got \"I\" for 'expectation', expected T or H");
    expect_wrong("\"real\"", "\"moon\"", "got \"moon\" for 'clock', expected default, real or virtual");
    expect_wrong("\"timeout_ns\": 5", "\"timeout_ns\": 0",
                 "got 0 for 'timeout_ns', expected a number over 0");
    expect_wrong("\"seed\": \"1", "\"seed\": \"x1", "for 'seed', expected a number");
    expect_wrong("\"starting\": true", "\"starting\": 1", "got 1 for 'starting', expected true or false");
    expect_wrong("receive_reset_tcp", "receive_boredom",
                 "got \"receive_boredom\" for 'row', expected a row of the fault model");
    expect_wrong("\"path\"", "\"pith\"", "for 'programs', expected a list of objects");
    expect_wrong("\"seed\"", "seed", "got no JSON, expected a record of a sweep");
}

Test(sweep_record, what_is_wrong_is_where_it_is_said_to_be)
{
    expect_wrong("\"starting\": true", "\"starting\": 1", "b.record:15:15: error: got 1 for 'starting'");
    expect_wrong("\"starting\"", "\"begun\"", "b.record:1:1: error: got nothing for 'starting'");
}

Test(sweep_record, names_do_nothing_to_a_terminal)
{
    expect_wrong("\"a.yaml\"", "\"a\\u001b[2J\"",
                 "got \"a\\u001B[2J\" for 'scenario', expected a line of text");
    expect_wrong("client.c:88", "a\\nb", "got \"a\\nb\" for 'site', expected a line of text");
}

Test(sweep_record, one_without_end_is_none)
{
    struct record got;
    struct diag diag = {0};
    FILE *out = fopen(file, "we");
    cr_assert(out != NULL && ftruncate(fileno(out), 5 << 20) == 0);
    fclose(out);
    cr_expect_not(record_read(file, &got, &diag));
    cr_expect(strstr(diag.text, ": error: got a file of more than 4 MiB, expected a record") != NULL, "%s",
              diag.text);
}

Test(sweep_record, a_rule_that_is_none_is_said)
{
    expect_wrong(":reset:", ":boredom:", "b.record:7:11: error: in 'rule': got 'boredom', expected one of ");
    expect_wrong("client/recv:reset", "client/rekv:reset",
                 "b.record:7:11: error: in 'rule': got 'rekv', expected ");
    expect_wrong("client/recv:reset:when=1", "", "b.record:7:11: error: in 'rule': got ");
    expect_wrong("when=1", "when=1;recv:reset;recv:reset;recv:reset;recv:reset",
                 "b.record:7:11: error: in 'rule': got 'recv:reset', expected at most 4 rules");
    expect_wrong("\"under\": null", "\"under\": \"recv:boredom\"",
                 "b.record:6:12: error: in 'under': got 'boredom', expected one of ");
    expect_wrong("\"under\": null", "\"under\": \"\"",
                 "b.record:6:12: error: in 'under': got nothing, expected ");
    expect_wrong("\"under\": null", "\"under\": \"recv\\u001b\"",
                 "got \"recv\\u001B\" for 'under', expected a line of text");
    expect_wrong("when=1", "when=99999999999999999999", "b.record:7:11: error: in 'rule': got ");
}

Test(sweep_record, numbers_without_bounds_are_refused)
{
    static const char *const seeds[] = {"\"\"", "\"-1\"",  "\" 1\"", "\"1 \"", "\"18446744073709551616\"",
                                        "-1",   "1.5",     "true",   "null",   "[]",
                                        "{}",   "\"0x1\"", "1e400"};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        char text[64];
        snprintf(text, sizeof text, "\"seed\": %s, \"was\": \"", seeds[i]);
        expect_wrong("\"seed\": \"", text, "b.record:");
    }
    expect_wrong("\"timeout_ns\": 5", "\"timeout_ns\": 9223372036854775807",
                 "got 9223372036854775807 for 'timeout_ns', expected a number over 0");
    expect_wrong("\"timeout_ns\": 5", "\"timeout_ns\": 9223372036854775808", "b.record:");
    expect_wrong("\"record\": 1", "\"record\": 1e9", "for 'record', expected 1");
}

/* Each value in turn is of every other type; all of that is said, and nothing else comes of it. */
Test(sweep_record, values_of_other_types_are_refused)
{
    static const char *const names[] = {"record",     "scenario",    "experiment", "rule",
                                        "row",        "site",        "seed",       "clock",
                                        "timeout_ns", "expectation", "outcome",    "programs"};
    static const char *const values[] = {"null", "true", "-3",          "0.5",
                                         "[[]]", "[1]",  "{\"a\": {}}", "\"\\u202e\""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            char from[64], to[96];
            bool text = strcmp(names[i], "scenario") == 0 || strcmp(names[i], "experiment") == 0 ||
                        strcmp(names[i], "site") == 0;
            if (text && values[k][0] == '"')
                continue; /* that is one */
            snprintf(from, sizeof from, "\"%s\": ", names[i]);
            snprintf(to, sizeof to, "\"%s\": %s, \"was\": ", names[i], values[k]);
            expect_wrong(from, to, ": error: ");
        }
}

Test(sweep_record, one_that_is_cut_off_is_none)
{
    struct record record = made(), got;
    struct diag diag = {0};
    char text[4096];
    cr_assert(record_write(&record, path, &diag));
    FILE *in = fopen(path, "re");
    size_t len = fread(text, 1, sizeof text, in);
    fclose(in);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    for (size_t cut = 0; cut < len; cut++) {
        FILE *out = fopen(file, "we");
        cr_assert(out != NULL && fwrite(text, 1, cut, out) == cut && fclose(out) == 0);
        diag = (struct diag){0};
        cr_expect_not(record_read(file, &got, &diag), "cut at %zu", cut);
        cr_expect(strstr(diag.text, ": error: got no JSON, expected a record of a sweep") != NULL, "%s",
                  diag.text);
        cr_expect(strstr(diag.text, ":0: ") == NULL, "%s", diag.text);
    }
}

Test(sweep_record, an_event_of_two_rules_is_read_again)
{
    struct record record = made(), got;
    struct diag diag = {0};
    record.rule = (char *)"client/recv:short=1:when=1;client/recv:eof=half:when=2";
    cr_assert(record_write(&record, path, &diag));
    cr_assert(record_read(path, &got, &diag), "%s", diag.text);
    cr_expect_str_eq(got.rule, record.rule);
    record_free(&got);
}

Test(sweep_record, a_folder_or_a_pipe_is_none)
{
    struct record got;
    struct diag diag = {0};
    cr_expect_not(record_read(folder, &got, &diag));
    cr_expect(strstr(diag.text, ": error: got a folder, expected a record") != NULL);
    cr_assert_eq(mkfifo(file, 0600), 0);
    diag = (struct diag){0};
    cr_expect_not(record_read(file, &got, &diag), "nobody ever writes to it");
    cr_expect(strstr(diag.text, ": error: got something that is no regular file, expected a record") != NULL);
    cr_assert(unlink(file) == 0 && symlink(file, file) == 0);
    diag = (struct diag){0};
    cr_expect_not(record_read(file, &got, &diag));
    cr_expect(strstr(diag.text,
                     ": error: got a file that cannot be read (Too many levels of symbolic links), "
                     "expected a record") != NULL,
              "%s", diag.text);
}

Test(sweep_record, there_has_to_be_one)
{
    struct record got;
    struct diag diag = {0};
    cr_expect_not(record_read("/nowhere/a.record", &got, &diag));
    cr_expect_str_eq(diag.text, "/nowhere/a.record: error: got no file, expected a record of a sweep");
}

Test(sweep_record, another_build_is_told)
{
    struct record record = made();
    struct sweep_program program = {.process = "client", .path = (char *)"/bin/true", .build_id = "0123"};
    struct sweep_programs programs = {&program, 1, NULL};
    cr_expect_null(record_changes(&record, &programs));
    strcpy(program.build_id, "4567");
    char *changes = record_changes(&record, &programs);
    cr_expect_str_eq(changes, "client: /bin/true has been built anew (build-id 4567, in the record 0123)");
    free(changes);
}
