/*
 * summary RESULTS.json FOLDER: the table of points of one submission, from `sockfault run --report
 * json=RESULTS.json` of the programs built in FOLDER. A scenario file earns its points when every experiment
 * of it passed; one that was skipped does not count. Exit status: 0, or 3 when the file cannot be read.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the text about a scenario begins. */
enum { INDENT = 19 };

static const char *string_of(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : otherwise;
}

static json_int_t points_of(const json_t *experiment)
{
    return json_integer_value(json_object_get(experiment, "points"));
}

/* Where no scenario says what it is worth, each is worth one. */
static json_int_t points_of_each(const json_t *experiments)
{
    const json_t *experiment;
    size_t i;

    json_array_foreach(experiments, i, experiment)
    {
        if (points_of(experiment) > 0)
            return 0;
    }
    return 1;
}

/* What is below the name of a scenario stays below it, also when a text has several lines. */
static void print_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\n')
            printf("\n%*s", INDENT + 4, "");
        else
            putchar(*text);
}

/* How long the name is without the number of the instance: `client` of `client#3`. */
static int base_length(const char *process)
{
    return (int)strcspn(process, "#");
}

static bool same_base(const char *one, const char *other)
{
    return base_length(one) == base_length(other) && strncmp(one, other, (size_t)base_length(one)) == 0;
}

/* Whether two failures differ in nothing but the instance of the process. */
static bool same_failure(const json_t *one, const json_t *other)
{
    return same_base(string_of(one, "process", ""), string_of(other, "process", "")) &&
           strcmp(string_of(one, "what", ""), string_of(other, "what", "")) == 0 &&
           strcmp(string_of(one, "expected", ""), string_of(other, "expected", "")) == 0;
}

/* How many failures are the same as failures[at], which counts; 0 when an earlier one is. */
static int instances(const json_t *failures, size_t at)
{
    int count = 0;

    for (size_t i = 0; i < json_array_size(failures); i++)
        if (same_failure(json_array_get(failures, i), json_array_get(failures, at))) {
            if (i < at)
                return 0;
            count++;
        }
    return count;
}

static void print_failure(const json_t *failure, int count)
{
    const char *expected = string_of(failure, "expected", "");
    const char *got = string_of(failure, "got", "");
    const char *process = string_of(failure, "process", "");

    printf("%*s%.*s", INDENT, "", count > 1 ? base_length(process) : (int)strlen(process), process);
    if (count > 1)
        printf(" (%d of them)", count);
    printf("%s%s", *process != '\0' ? ": " : "", string_of(failure, "what", "?"));
    if (*expected != '\0') {
        printf(": expected ");
        print_text(expected);
    }
    if (*got != '\0') {
        printf("%s got ", *expected != '\0' ? "," : ":");
        print_text(got);
    }
    putchar('\n');
}

static bool has_failed(const json_t *experiment, const char *process)
{
    const json_t *failure;
    size_t i;

    json_array_foreach(json_object_get(experiment, "failures"), i, failure)
    {
        if (strcmp(string_of(failure, "process", ""), process) == 0)
            return true;
    }
    return false;
}

static bool is_reference(const json_t *process)
{
    return strstr(string_of(process, "command", ""), "/build/reference/") != NULL;
}

/* Whether a program of the submission failed: what the reference says then depends on when that one ended. */
static bool submission_failed(const json_t *experiment)
{
    const json_t *process;
    size_t i;

    json_array_foreach(json_object_get(experiment, "processes"), i, process)
    {
        if (!is_reference(process) && has_failed(experiment, string_of(process, "name", "")))
            return true;
    }
    return false;
}

/* The first line each program that failed wrote to stderr; of several instances, the first that wrote. */
static void print_said(const json_t *experiment)
{
    const json_t *process;
    const char *told = "";
    bool own = submission_failed(experiment);
    size_t i;

    json_array_foreach(json_object_get(experiment, "processes"), i, process)
    {
        const char *name = string_of(process, "name", "");
        const char *text = string_of(process, "stderr", "");
        if (*text == '\0' || same_base(name, told) || !has_failed(experiment, name) ||
            (own && is_reference(process)))
            continue;
        printf("%*s%.*s said: %.*s\n", INDENT, "", base_length(name), name, (int)strcspn(text, "\n"), text);
        told = name;
    }
}

/* Whether the failures of such an experiment say all that its reason does. */
static bool is_told_by_failures(const char *verdict)
{
    static const char *const told[] = {"timeout", "hang", "spin"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(verdict, told[i]) == 0)
            return true;
    return false;
}

static void print_failures(const json_t *experiment)
{
    const json_t *failure, *failures = json_object_get(experiment, "failures");
    size_t i;

    json_array_foreach(failures, i, failure)
    {
        int count = instances(failures, i);
        if (count > 0)
            print_failure(failure, count);
    }
    print_said(experiment);
    bool told = is_told_by_failures(string_of(experiment, "verdict", "")) && json_array_size(failures) > 0;
    if (*string_of(experiment, "reason", "") != '\0' && !told) {
        printf("%*s", INDENT, "");
        print_text(string_of(experiment, "reason", ""));
        putchar('\n');
    }
}

/* The first experiment of the file of experiments[at] that is not as `wanted`, or NULL. */
static const json_t *first_other(const json_t *experiments, size_t at, const char *wanted)
{
    const char *file = string_of(json_array_get(experiments, at), "file", "");
    const json_t *experiment;

    for (; at < json_array_size(experiments); at++) {
        experiment = json_array_get(experiments, at);
        if (strcmp(string_of(experiment, "file", ""), file) == 0 &&
            strcmp(string_of(experiment, "verdict", ""), wanted) != 0)
            return experiment;
    }
    return NULL;
}

static int is_first_of_file(const json_t *experiments, size_t at)
{
    const char *file = string_of(json_array_get(experiments, at), "file", "");

    for (size_t i = 0; i < at; i++)
        if (strcmp(string_of(json_array_get(experiments, i), "file", ""), file) == 0)
            return 0;
    return 1;
}

static bool has_tag(const json_t *experiment, const char *tag)
{
    const json_t *each;
    size_t i;

    json_array_foreach(json_object_get(experiment, "tags"), i, each)
    {
        if (strcmp(json_string_value(each), tag) == 0)
            return true;
    }
    return false;
}

/* What a program has to do before anything else is worth looking at: where no scenario is tagged so, what it
 * does without faults. */
static bool is_basic(const json_t *experiments, const json_t *experiment)
{
    const json_t *each;
    size_t i;

    json_array_foreach(experiments, i, each)
    {
        if (has_tag(each, "basic"))
            return has_tag(experiment, "basic");
    }
    return json_array_size(json_object_get(experiment, "rules")) == 0;
}

/* The commands of the submission (a program in `folder`) that were run. */
static void print_commands(const json_t *experiment, const char *folder)
{
    const json_t *process;
    size_t i;

    json_array_foreach(json_object_get(experiment, "processes"), i, process)
    {
        const char *command = string_of(process, "command", "");
        const char *found = strstr(command, folder);
        if (found == command)
            printf("%*sit was run as .%.*s\n", INDENT, "", 100, command + strlen(folder));
    }
}

/* A program that is called in another way than it expects fails everything: that has to be said first. */
static void print_warning(const json_t *experiments, const char *folder)
{
    const json_t *experiment;
    bool any = false;
    size_t i;

    json_array_foreach(experiments, i, experiment)
    {
        const char *verdict = string_of(experiment, "verdict", "");
        if (!is_basic(experiments, experiment) || strcmp(verdict, "pass") == 0 ||
            strcmp(verdict, "skip") == 0)
            continue;
        printf("  it fails before there is any fault: %s\n", string_of(experiment, "name", "?"));
        print_failures(experiment);
        print_commands(experiment, folder);
        any = true;
    }
    if (any)
        printf("  is it called differently? CLIENT='...' and SERVER='...' say how, or sockfault.conf\n");
}

struct sum {
    json_int_t earned, possible;
};

/* The row of the file whose first experiment is experiments[at]. */
static void print_row(const json_t *experiments, size_t at, json_int_t each, struct sum *sum)
{
    const json_t *experiment = json_array_get(experiments, at);
    const json_t *bad = first_other(experiments, at, "pass");
    json_int_t points = points_of(experiment) + each;
    bool skipped = bad != NULL && first_other(experiments, at, "skip") == NULL;

    if (skipped)
        points = 0;
    sum->possible += points;
    sum->earned += bad == NULL ? points : 0;
    if (bad != NULL)
        experiment = bad;
    printf("  %3d/%-3d  %-7s %s\n", bad == NULL ? (int)points : 0, (int)points,
           string_of(experiment, "verdict", "?"), string_of(experiment, "name", "?"));
    if (bad != NULL && !is_basic(experiments, bad)) /* those have been printed before the table */
        print_failures(bad);
}

static void print_table(const json_t *experiments)
{
    json_int_t each = points_of_each(experiments);
    struct sum sum = {0, 0};

    printf("   points  verdict scenario\n");
    for (int basic = 1; basic >= 0; basic--)
        for (size_t i = 0; i < json_array_size(experiments); i++)
            if (is_first_of_file(experiments, i) &&
                is_basic(experiments, json_array_get(experiments, i)) == (basic == 1))
                print_row(experiments, i, each, &sum);
    printf("  %3d/%-3d  total\n", (int)sum.earned, (int)sum.possible);
}

int main(int argc, char **argv)
{
    json_error_t error;

    if (argc != 3) {
        fprintf(stderr, "usage: summary RESULTS.json FOLDER\n");
        return 2;
    }
    json_t *results = json_load_file(argv[1], 0, &error);
    const json_t *experiments = json_object_get(results, "experiments");
    int status = 3;
    if (json_is_array(experiments)) {
        print_warning(experiments, argv[2]);
        print_table(experiments);
        status = 0;
    } else
        fprintf(stderr, "%s:%d:%d: error: %s\n", argv[1], error.line, error.column,
                results == NULL ? error.text : "got no list \"experiments\"");
    json_decref(results);
    return status;
}
