#include "harness/scenario/experiment.h"
#include "harness/scenario/choice.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/process.h"
#include "harness/scenario/values.h"

#include <stdio.h>
#include <string.h>

enum { POINTS_MAX = 1000000 };

bool read_claim(struct reader *r, const struct node *node, void *to)
{
    char *text = (char *)reader_text(r, node, RUNTIME_NONE, "a sentence");
    if (text == NULL)
        return false;
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == '\n')
        text[len - 1] = '\0'; /* a folded text (>) ends with one */
    if (*text == '\0' || strchr(text, '\n') != NULL)
        return value_wrong(r, node, text, "a sentence of one line");
    *(char **)to = text;
    return true;
}

bool read_seed(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    experiment->has_seed = true;
    return value_number(r, node, 0, UINT64_MAX, "a number from 0 to 2^64-1", &experiment->seed);
}

bool read_verdict(struct reader *r, const struct node *node, void *to)
{
    static const char *const words[] = {"hang", "spin", "timeout"};
    struct experiment *experiment = to;
    struct choice choice;
    const char *text = reader_text(r, node, RUNTIME_NONE, "hang, spin or timeout");
    if (text == NULL)
        return false;
    choice_begin(&choice, text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        choice_add(&choice, words[i]);
        if (strcmp(text, words[i]) == 0)
            experiment->verdict = (char *)words[i];
    }
    experiment->verdict_place = reader_place(r, node);
    return experiment->verdict != NULL || value_wrong(r, node, text, choice_text(&choice));
}

bool read_clock(struct reader *r, const struct node *node, void *to)
{
    const char *text = reader_text(r, node, RUNTIME_NONE, CLOCK_WORDS);
    return text != NULL && (clock_read(text, to) || value_wrong(r, node, text, CLOCK_WORDS));
}

bool read_network(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "own or machine";
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    *(bool *)to = strcmp(text, "machine") == 0;
    return *(bool *)to || strcmp(text, "own") == 0 || value_wrong(r, node, text, what);
}

bool read_points(struct reader *r, const struct node *node, void *to)
{
    uint64_t points;
    if (!value_number(r, node, 0, POINTS_MAX, "a number of points from 0 to 1000000", &points))
        return false;
    *(int *)to = (int)points;
    return true;
}

/* The matrix is chosen before anything else is read (matrix.c). */
bool read_matrix(struct reader *r, const struct node *node, void *to)
{
    (void)r, (void)node, (void)to;
    return true;
}

bool read_exclude(struct reader *r, const struct node *node, void *to)
{
    (void)r, (void)node, (void)to;
    return true;
}

/* "the claim [model=fork, domain=inet]" */
static char *name_of(struct reader *r)
{
    const struct experiment *experiment = r->experiment;
    char *name = NULL;
    size_t size;
    if (experiment->matrix_count == 0)
        return experiment->claim;
    FILE *to = open_memstream(&name, &size);
    if (to == NULL)
        return pool_adopt(r->pool, NULL);
    fprintf(to, "%s [", experiment->claim);
    for (size_t i = 0; i < experiment->matrix_count; i++)
        fprintf(to, "%s%s=%s", i > 0 ? ", " : "", experiment->matrix[i].name, experiment->matrix[i].value);
    fputc(']', to);
    bool written = fclose(to) == 0;
    return pool_adopt(r->pool, written ? name : NULL);
}

bool experiment_read(struct reader *r, const struct node *root)
{
    struct experiment *experiment = r->experiment;
    experiment->file = (char *)r->file;
    experiment->place = reader_place(r, root);
    if (!process_names(r, node_get(root, "processes")) || !keys_read(r, KEYS_TOP, root, experiment) ||
        !processes_settle(r, root))
        return false;
    experiment->name = name_of(r);
    return true;
}

int scenario_ports(const struct experiment *experiment)
{
    return experiment->ports;
}
