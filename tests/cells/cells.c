/*
 * Every cell of the grammar and where it is tested. A cell is a fault (with its errno, for an error) at a
 * family of calls; what is legal there say the rows of shim/model/legal.def. Every form of every key is one
 * as well: after=SIZE, after=T, scope=thread ... Where they are tested is found in the rules of scenarios and
 * of twins; a rule that need not fire tests nothing, nor does a forced one test that a cell is legal.
 *
 *   cells FOLDER... ROWS.txt...     scenarios; tests/conformance/rows.txt
 *
 * A line a cell: ok, MISSING or WRONG (not refused though no row allows it, or the other way round). The last
 * line is the sum.
 */
#include "tests/cells/cells.h"

#include "harness/scenario/scenario.h"
#include "shim/model/errnos.h"
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 512, SOURCES = 3 };

/* Scenarios and broken programs are told apart by where they are. */
static const char *const source_names[SOURCES] = {"scenarios", "broken", "twins"};

struct uses {
    size_t count[SOURCES]; /* experiments, or twins */
    char example[256];     /* the first of them: "FILE:LINE RULE" */
};

struct cell {
    enum fault_kind fault;
    int err;
    enum call_family family;
    size_t rows; /* of legal.def; 0: refused */
    struct uses uses;
};

struct table {
    struct cell cells[CELLS_MAX];
    size_t cell_count;
    struct form forms[CELLS_MAX];
    struct uses form_uses[CELLS_MAX];
    size_t form_count;
    size_t passed, failed;
};

/* ---- what there is ---------------------------------------------------------------------------------- */

static struct cell *find_cell(struct table *t, enum fault_kind fault, int err, enum call_family family)
{
    if (fault == FAULT_ERROR && err == ECONNRESET) /* the same event */
        fault = FAULT_RESET;
    for (size_t i = 0; i < t->cell_count; i++) {
        struct cell *c = &t->cells[i];
        if (c->fault == fault && c->family == family && (fault != FAULT_ERROR || c->err == err))
            return c;
    }
    return NULL;
}

static void add_cell(struct table *t, enum fault_kind fault, int err, enum call_family family, size_t rows)
{
    struct cell *c = find_cell(t, fault, err, family);
    if (!c && t->cell_count < CELLS_MAX) {
        c = &t->cells[t->cell_count++];
        *c = (struct cell){.fault = fault, .err = err, .family = family};
    }
    if (c)
        c->rows += rows;
}

static bool speaks_of(const struct legal_row *row, enum call_family family)
{
    return row->family == (int)family || row->family == LEGAL_ANY ||
           (row->family == LEGAL_EPOLL_WAIT && family == FAMILY_WAIT);
}

/* Errors have the cells that rows speak of, and one for a family of which none does. */
static void add_cells_of(struct table *t, enum fault_kind fault, enum call_family family)
{
    bool any = false;
    const struct legal_row *row;
    for (size_t i = 0; (row = legal_row_at(i)) != NULL; i++)
        if (row->fault == fault && speaks_of(row, family)) {
            add_cell(t, fault, row->err, family, 1);
            any = true;
        }
    if (!any)
        add_cell(t, fault, fault == FAULT_ERROR ? EIO : 0, family, 0);
}

static void fill(struct table *t)
{
    for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++)
        for (int family = 0; family < FAMILY_COUNT; family++)
            add_cells_of(t, (enum fault_kind)fault, (enum call_family)family);
    t->form_count = forms_of_keys(t->forms, CELLS_MAX);
}

/* ---- where it is tested ----------------------------------------------------------------------------- */

static void note(struct uses *uses, int source, const char *where, const char *text)
{
    if (uses->example[0] == '\0')
        snprintf(uses->example, sizeof uses->example, "%s %s", where, text);
    uses->count[source]++;
}

static void note_cells(struct table *t, const struct rule *rule, int source, const char *where)
{
    bool seen[FAMILY_COUNT] = {false};
    for (int call = 0; call < CALL_COUNT; call++)
        if (call_set_has(&rule->calls, (enum call_id)call))
            seen[call_info((enum call_id)call)->family] = true;
    for (int family = 0; family < FAMILY_COUNT && !rule->force; family++) {
        struct cell *c = seen[family]
                             ? find_cell(t, (enum fault_kind)rule->fault, rule->err, (enum call_family)family)
                             : NULL;
        if (c)
            note(&c->uses, source, where, rule->text);
    }
}

static void note_key(struct table *t, const char *key, const char *value, int source, const char *where,
                     const char *text)
{
    for (size_t i = 0; i < t->form_count; i++)
        if (strcmp(t->forms[i].key, key) == 0 && form_fits(&t->forms[i], value))
            note(&t->form_uses[i], source, where, text);
}

static void note_text(struct table *t, const char *text, int source, const char *where)
{
    char key[64], value[256];
    for (const char *rest = text; (rest = next_key(rest, key, sizeof key, value, sizeof value)) != NULL;)
        note_key(t, key, value, source, where, text);
}

static void note_fault(struct table *t, const struct scenario_fault *fault, int source)
{
    char where[200];
    snprintf(where, sizeof where, "%s:%d", fault->place.file, fault->place.line);
    if (fault->optional || fault->fired.min == 0)
        return;
    note_cells(t, &fault->rule, source, where);
    for (size_t i = 0; i < fault->key_count; i++)
        if (fault->keys[i] == NULL)
            note_text(t, fault->values[i], source, where);
        else
            note_key(t, fault->keys[i], fault->values[i] ? fault->values[i] : "", source, where,
                     fault->rule.text);
    if (fault->started_by > 0)
        note_key(t, "then", "", source, where, fault->rule.text);
}

static bool read_folder(struct table *t, const char *path)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    int source = strstr(path, "broken") ? 1 : 0;
    if (!scenario_read(path, &set, &diag, NULL, NULL)) {
        fprintf(stderr, "%s\n", diag.text);
        return false;
    }
    for (size_t i = 0; i < set.count; i++)
        for (size_t k = 0; k < set.experiments[i].fault_count; k++)
            note_fault(t, &set.experiments[i].faults[k], source);
    scenario_set_free(&set);
    return true;
}

/* Rules, where @N is short for a descriptor, a scope and a when. */
static void write_out(const char *from, char *to, size_t room)
{
    size_t len = 0;
    for (; *from != '\0' && len + 1 < room; from++)
        if (*from == '@')
            len += (size_t)snprintf(to + len, room - len, "fd=90:scope=connection:when=");
        else
            to[len++] = *from;
    to[len < room ? len : room - 1] = '\0';
}

/* "ROW PROGRAM EVENT VARIANT RULES" */
static bool note_twin(struct table *t, char *line, const char *where)
{
    static struct rule rules[RULES_MAX];
    char *words[5], *save = NULL, text[1024];
    struct expr_error error;
    for (int i = 0; i < 5; i++)
        if ((words[i] = strtok_r(i == 0 ? line : NULL, " \t\n", &save)) == NULL)
            return true;
    if (words[0][0] == '#' || strcmp(words[1], "cannot") == 0)
        return true;
    write_out(words[4], text, sizeof text);
    int count = expr_parse(text, rules, RULES_MAX, &error);
    if (count < 0)
        fprintf(stderr, "%s: '%s': %s\n", where, text, error.message);
    for (int i = 0; i < count; i++) {
        note_cells(t, &rules[i], 2, where);
        note_text(t, rules[i].text, 2, where);
    }
    return count > 0;
}

static bool read_twins(struct table *t, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[1024], where[200];
    bool good = file != NULL;
    for (int number = 1; good && fgets(line, sizeof line, file) != NULL; number++) {
        snprintf(where, sizeof where, "%s:%d", path, number);
        good = note_twin(t, line, where);
    }
    if (file)
        fclose(file);
    else
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return good;
}

/* ---- the table -------------------------------------------------------------------------------------- */

static void print(struct table *t, bool good, const char *wrong, const char *what, const char *where)
{
    if (good)
        t->passed++;
    else
        t->failed++;
    printf("%-8s%-26s %-10s", good ? "ok" : wrong, what, where);
}

static void print_uses(const struct uses *uses)
{
    for (int i = 0; i < SOURCES; i++)
        printf("  %s %-4zu", source_names[i], uses->count[i]);
    printf("  %s\n", uses->example);
}

static bool is_used(const struct uses *uses)
{
    size_t sum = 0;
    for (int i = 0; i < SOURCES; i++)
        sum += uses->count[i];
    return sum > 0;
}

/* What reading a rule for the cell says has to be what the rows say. */
static bool is_read(const struct cell *c)
{
    char text[RULE_TEXT_MAX];
    struct rule rule;
    struct expr_error error;
    snprintf(text, sizeof text, "%s:%s%s", family_name(c->family), fault_name(c->fault),
             sample_value(c->fault, c->err));
    return expr_parse(text, &rule, 1, &error) == 1;
}

static void print_cell(struct table *t, const struct cell *c)
{
    char what[64];
    snprintf(what, sizeof what, "%s%s%s", fault_name(c->fault),
             c->fault == FAULT_ERROR && c->rows > 0 ? "=" : "",
             c->fault == FAULT_ERROR && c->rows > 0 ? errno_name(c->err) : "");
    if (is_read(c) != (c->rows > 0)) {
        print(t, false, "WRONG", what, family_name(c->family));
        printf("  %zu rows, and a rule for it is %s\n", c->rows, c->rows > 0 ? "refused" : "read");
    } else if (c->rows == 0) {
        print(t, true, "", what, family_name(c->family));
        printf("  refused\n");
    } else {
        print(t, is_used(&c->uses), "MISSING", what, family_name(c->family));
        printf("  %zu row%s", c->rows, c->rows == 1 ? " " : "s");
        print_uses(&c->uses);
    }
}

int main(int argc, char **argv)
{
    static struct table t;
    fill(&t);
    for (int i = 1; i < argc; i++) {
        const char *ending = strrchr(argv[i], '.');
        if (!(ending && strcmp(ending, ".txt") == 0 ? read_twins(&t, argv[i]) : read_folder(&t, argv[i])))
            return 2;
    }
    for (size_t i = 0; i < t.cell_count; i++)
        print_cell(&t, &t.cells[i]);
    for (size_t i = 0; i < t.form_count; i++) {
        print(&t, is_used(&t.form_uses[i]), "MISSING", t.forms[i].text, "");
        printf("        ");
        print_uses(&t.form_uses[i]);
    }
    printf("%zu passed, %zu failed\n", t.passed, t.failed);
    return t.failed > 0;
}
