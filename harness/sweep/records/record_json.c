/* Records as JSON: one table of the fields, from which they are written and read. */
#include "harness/run/result/result_shape.h"
#include "harness/sweep/records/json_place.h"
#include "harness/sweep/records/record.h"
#include "harness/sweep/subject.h"
#include "harness/text.h"
#include "shim/model/expr.h"
#include "shim/model/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const clocks[] = {
    [CLOCK_DEFAULT] = "default", [CLOCK_REAL] = "real", [CLOCK_VIRTUAL] = "virtual"};
static const char *const expectations[] = {[EXPECT_T] = "T", [EXPECT_H] = "H"};

/* The fields that are text; `needed`: NULL is none. */
static const struct {
    const char *name;
    size_t offset;
    bool needed;
} texts[] = {
    {"scenario", offsetof(struct record, scenario), true},
    {"experiment", offsetof(struct record, experiment), true},
    {"text", offsetof(struct record, text), false},
    {"under", offsetof(struct record, under), false},
    {"rule", offsetof(struct record, rule), true},
    {"row", offsetof(struct record, row), true},
    {"with", offsetof(struct record, with), false},
    {"seen", offsetof(struct record, seen), false},
    {"site", offsetof(struct record, site), true},
};
enum { TEXTS = sizeof texts / sizeof *texts };

/* Far more than anybody waits, and a moment so far from now can still be told in nanoseconds. */
static const json_int_t timeout_max = INT64_MAX / 4;

static char **text_at(const struct record *record, size_t i)
{
    return (char **)((char *)record + texts[i].offset);
}

static void put_text(json_t *object, const char *name, const char *text)
{
    char *clean = text == NULL ? NULL : text_utf8(text, strlen(text), NULL);
    json_object_set_new(object, name, clean == NULL ? json_null() : json_string(clean));
    free(clean);
}

static json_t *programs_json(const struct record *record)
{
    json_t *array = json_array();
    for (size_t i = 0; i < record->program_count; i++) {
        json_t *program = json_object();
        put_text(program, "process", record->programs[i].process);
        put_text(program, "path", record->programs[i].path);
        put_text(program, "build_id", record->programs[i].build_id);
        json_array_append_new(array, program);
    }
    return array;
}

static json_t *to_json(const struct record *record)
{
    json_t *object = json_object();
    json_object_set_new(object, "record", json_integer(RECORD_VERSION));
    for (size_t i = 0; i < TEXTS; i++)
        put_text(object, texts[i].name, *text_at(record, i));
    json_object_set_new(object, "seed", result_json_uint64(record->seed));
    json_object_set_new(object, "clock", json_string(clocks[record->clock]));
    json_object_set_new(object, "timeout_ns", json_integer(record->timeout_ns));
    json_object_set_new(object, "starting", json_boolean(record->starting));
    json_object_set_new(object, "expectation", json_string(expectations[record->expect]));
    json_object_set_new(object, "outcome", json_string(sweep_outcome_name(record->outcome)));
    json_object_set_new(object, "programs", programs_json(record));
    return object;
}

static bool make_folder(const char *path, struct diag *diag)
{
    char *folder = strdup(path);
    char *slash = folder == NULL ? NULL : strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    bool ok = slash == NULL || *folder == '\0' || mkdir(folder, 0777) == 0 || errno == EEXIST;
    if (!ok)
        diag_set(diag, STATUS_TROUBLE, "%s: %m", folder);
    free(folder);
    return ok;
}

bool record_write(const struct record *record, const char *path, struct diag *diag)
{
    if (!make_folder(path, diag))
        return false;
    FILE *to = fopen(path, "we");
    json_t *json = to_json(record);
    bool ok =
        to != NULL && json != NULL && json_dumpf(json, to, JSON_INDENT(2)) == 0 && fputc('\n', to) != EOF;
    if (to != NULL)
        ok = fclose(to) == 0 && ok;
    json_decref(json);
    if (!ok)
        diag_set(diag, STATUS_TROUBLE, "%s: the record cannot be written: %m", path);
    return ok;
}

/* More than any record has: a scenario's text, which may be in one, has 1 MiB at most. */
#define RECORD_BYTES_MAX ((size_t)4 << 20)

/* A record being read. */
struct reading {
    const char *path, *text;
    size_t len;
    json_t *json;
    struct diag *diag;
};

static bool wrong(const struct reading *r, const char *name, const char *expected)
{
    const json_t *value = json_object_get(r->json, name);
    char *got = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    int line, column;
    json_place(r->text, r->len, name, &line, &column);
    diag_at(r->diag, r->path, line, column, "got %.80s for '%s', expected %s",
            value == NULL ? "nothing"
            : got == NULL ? "?"
                          : got,
            name, expected);
    free(got);
    return false;
}

/* Names go to the terminal. */
static bool is_line(const char *text)
{
    while ((unsigned char)*text >= ' ' && *text != 0x7f)
        text++;
    return *text == '\0';
}

static bool get_texts(const struct reading *r, struct record *ret)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const json_t *value = json_object_get(r->json, texts[i].name);
        if (!json_is_string(value) && (texts[i].needed || !(value == NULL || json_is_null(value))))
            return wrong(r, texts[i].name, texts[i].needed ? "a string" : "a string or null");
        if (texts[i].needed && !is_line(json_string_value(value)))
            return wrong(r, texts[i].name, "a line of text");
        if (json_is_string(value))
            *text_at(ret, i) = strdup(json_string_value(value));
        if (json_is_string(value) && *text_at(ret, i) == NULL) {
            diag_set(r->diag, STATUS_TROUBLE, "no memory for a record");
            return false;
        }
    }
    return true;
}

/* The index of the word, or -1. */
static int get_word(const struct reading *r, const char *name, const char *const *words, int count)
{
    const char *word = json_string_value(json_object_get(r->json, name));
    for (int i = 0; word != NULL && i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static bool get_words(const struct reading *r, struct record *ret)
{
    const char *outcome = json_string_value(json_object_get(r->json, "outcome"));
    int clock = get_word(r, "clock", clocks, sizeof clocks / sizeof *clocks);
    int expect = get_word(r, "expectation", expectations, sizeof expectations / sizeof *expectations);
    if (clock < 0)
        return wrong(r, "clock", "default, real or virtual");
    if (expect < 0)
        return wrong(r, "expectation", "T or H");
    if (outcome == NULL || sweep_outcome_find(outcome) == SWEEP_OUTCOMES)
        return wrong(r, "outcome", "an outcome of a sweep");
    if (ret->with != NULL && memory_tool_find(ret->with) == MEMORY_NONE)
        return wrong(r, "with", "valgrind, asan or null");
    ret->clock = (enum run_clock)clock;
    ret->expect = (enum expectation)expect;
    ret->outcome = sweep_outcome_find(outcome);
    return true;
}

static bool get_numbers(const struct reading *r, struct record *ret)
{
    const json_t *seed = json_object_get(r->json, "seed"), *timeout = json_object_get(r->json, "timeout_ns");
    const json_t *starting = json_object_get(r->json, "starting");
    const char *digits = json_string_value(seed);
    if (digits == NULL ? !json_is_integer(seed) || json_integer_value(seed) < 0
                       : !parse_number(digits, strlen(digits), &ret->seed))
        return wrong(r, "seed", "a number from 0 to 18446744073709551615");
    if (digits == NULL)
        ret->seed = (uint64_t)json_integer_value(seed);
    if (!json_is_integer(timeout) || json_integer_value(timeout) <= 0 ||
        json_integer_value(timeout) > timeout_max)
        return wrong(r, "timeout_ns", "a number over 0, of nanoseconds that somebody could wait");
    if (!json_is_boolean(starting))
        return wrong(r, "starting", "true or false");
    ret->timeout_ns = json_integer_value(timeout);
    ret->starting = json_is_true(starting);
    return true;
}

static bool get_programs(const struct reading *r, struct record *ret)
{
    const json_t *array = json_object_get(r->json, "programs");
    size_t count = json_array_size(array);
    if (!json_is_array(array) || (ret->programs = calloc(count + 1, sizeof *ret->programs)) == NULL)
        return wrong(r, "programs", "a list");
    for (size_t i = 0; i < count; i++) {
        const json_t *program = json_array_get(array, i);
        const char *process = json_string_value(json_object_get(program, "process"));
        const char *path = json_string_value(json_object_get(program, "path"));
        const char *build_id = json_string_value(json_object_get(program, "build_id"));
        if (process == NULL || path == NULL || build_id == NULL)
            return wrong(r, "programs", "a list of objects with process, path and build_id");
        ret->programs[ret->program_count++] =
            (struct record_program){strdup(process), strdup(path), strdup(build_id)};
    }
    return true;
}

static bool is_row(const char *name)
{
    for (size_t i = 0; legal_row_at(i) != NULL; i++)
        if (strcmp(legal_row_at(i)->name, name) == 0)
            return true;
    return false;
}

static bool check_rules(const struct reading *r, const char *name, const char *text)
{
    struct rule rules[SWEEP_CASE_RULES];
    struct expr_error error = {0};
    if (!is_line(text))
        return wrong(r, name, "a line of text");
    if (expr_parse(text, rules, SWEEP_CASE_RULES, &error) > 0)
        return true;
    int line, column;
    json_place(r->text, r->len, name, &line, &column);
    diag_at(r->diag, r->path, line, column, "in '%s': %s", name, error.message);
    return false;
}

/* An event is of one rule or several; and there is such a row. */
static bool check_fault(const struct reading *r, const struct record *record)
{
    return check_rules(r, "rule", record->rule) &&
           (record->under == NULL || check_rules(r, "under", record->under)) &&
           (is_row(record->row) || wrong(r, "row", "a row of the fault model (`sockfault list model')"));
}

static bool get_all(const struct reading *r, struct record *ret)
{
    if (!json_is_object(r->json) || json_integer_value(json_object_get(r->json, "record")) != RECORD_VERSION)
        return wrong(r, "record", "1, the version of records that this program reads");
    return get_texts(r, ret) && get_words(r, ret) && get_numbers(r, ret) && get_programs(r, ret) &&
           check_fault(r, ret);
}

bool record_read_text(const char *name, const char *text, size_t len, struct record *ret, struct diag *diag)
{
    json_error_t error;
    struct record record = {0};
    struct reading r = {name, text, len, json_loadb(text, len, JSON_REJECT_DUPLICATES, &error), diag};
    if (r.json == NULL) {
        diag_at(diag, name, error.line, error.column > 0 ? error.column : 1,
                "got no JSON, expected a record of a sweep (%s)", error.text);
        return false;
    }
    bool ok = get_all(&r, &record);
    json_decref(r.json);
    if (ok)
        *ret = record;
    else
        record_free(&record);
    return ok;
}

/* A pipe would be waited for. */
static FILE *open_file(const char *path, struct diag *diag)
{
    struct stat facts;
    bool there = stat(path, &facts) == 0, regular = there && S_ISREG(facts.st_mode);
    FILE *file = regular ? fopen(path, "re") : NULL;
    char why[80];
    snprintf(why, sizeof why, "a file that cannot be read (%m)");
    if (file == NULL)
        diag_set(diag, STATUS_USAGE, "%s: error: got %s, expected a record of a sweep", path,
                 there && S_ISDIR(facts.st_mode) ? "a folder"
                 : there && !regular             ? "something that is no regular file"
                 : errno == ENOENT               ? "no file"
                                                 : why);
    return file;
}

bool record_read(const char *path, struct record *ret, struct diag *diag)
{
    FILE *from = open_file(path, diag);
    if (from == NULL)
        return false;
    char *text = malloc(RECORD_BYTES_MAX + 1);
    size_t len = text == NULL ? 0 : fread(text, 1, RECORD_BYTES_MAX + 1, from);
    if (text == NULL || ferror(from))
        diag_set(diag, STATUS_TROUBLE, "%s: the record cannot be read: %m", path);
    else if (len > RECORD_BYTES_MAX)
        diag_set(diag, STATUS_USAGE, "%s: error: got a file of more than 4 MiB, expected a record of a sweep",
                 path);
    fclose(from);
    bool ok = diag_ok(diag) && record_read_text(path, text, len, ret, diag);
    free(text);
    return ok;
}
