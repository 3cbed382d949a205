/*
 * summary RESULTS.json: the table of points of one submission, from `sockfault run --report
 * json=RESULTS.json`. A scenario file earns its points when every experiment of it passed; one that was
 * skipped does not count. Exit status: 0 all earned, 1 not all, 3 the file cannot be read.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

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

static void print_failures(const json_t *experiment)
{
    const json_t *failure;
    size_t i;

    json_array_foreach(json_object_get(experiment, "failures"), i, failure)
    {
        const char *expected = string_of(failure, "expected", "");
        const char *got = string_of(failure, "got", "");
        const char *process = string_of(failure, "process", "");
        printf("                   %s%s%s", process, *process != '\0' ? ": " : "",
               string_of(failure, "what", "?"));
        if (*expected != '\0')
            printf(": expected %s", expected);
        if (*got != '\0')
            printf("%s got %s", *expected != '\0' ? "," : ":", got);
        putchar('\n');
    }
    if (*string_of(experiment, "reason", "") != '\0')
        printf("                   %s\n", string_of(experiment, "reason", ""));
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

static int print_table(const json_t *experiments)
{
    json_int_t earned = 0, possible = 0, each = points_of_each(experiments);
    const json_t *experiment;
    size_t i;

    printf("   points  verdict scenario\n");
    json_array_foreach(experiments, i, experiment)
    {
        const json_t *bad = first_other(experiments, i, "pass");
        json_int_t points = points_of(experiment) + each;
        if (!is_first_of_file(experiments, i))
            continue;
        if (bad != NULL && first_other(experiments, i, "skip") == NULL)
            points = 0;
        possible += points;
        earned += bad == NULL ? points : 0;
        printf("  %3d/%-3d  %-7s %s\n", bad == NULL ? (int)points : 0, (int)points,
               string_of(bad != NULL ? bad : experiment, "verdict", "?"),
               string_of(bad != NULL ? bad : experiment, "name", "?"));
        if (bad != NULL)
            print_failures(bad);
    }
    printf("  %3d/%-3d  total\n", (int)earned, (int)possible);
    return possible > 0 && earned == possible ? 0 : 1;
}

int main(int argc, char **argv)
{
    json_error_t error;

    if (argc != 2) {
        fprintf(stderr, "usage: summary RESULTS.json\n");
        return 2;
    }
    json_t *results = json_load_file(argv[1], 0, &error);
    const json_t *experiments = json_object_get(results, "experiments");
    int status = 3;
    if (json_is_array(experiments))
        status = print_table(experiments);
    else
        fprintf(stderr, "%s:%d:%d: error: %s\n", argv[1], error.line, error.column,
                results == NULL ? error.text : "got no list \"experiments\"");
    json_decref(results);
    return status;
}
