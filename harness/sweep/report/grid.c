#include "harness/sweep/report/grid.h"

#include <stdlib.h>
#include <string.h>

const char *sweep_state_name(enum sweep_state state)
{
    static const char *const names[SWEEP_STATES] = {
        [SWEEP_ILLEGAL] = "illegal",         [SWEEP_NOT_REACHED] = "not reached",
        [SWEEP_NOT_HERE] = "not legal here", [SWEEP_SURVIVED] = "survived",
        [SWEEP_DEFECT] = "defect",
    };
    return names[state];
}

static const struct survey_call *call_at(const struct sweep *sweep, size_t place)
{
    return sweep->plan.places.items[place].calls[SWEEP_FIRST];
}

static bool find_places(const struct sweep *sweep, struct sweep_grid *grid)
{
    const struct sweep_plan *plan = &sweep->plan;
    grid->places = calloc(plan->places.count + 1, sizeof *grid->places);
    for (size_t i = 0; grid->places != NULL && i < plan->count; i++)
        if (i == 0 || plan->trials[i].place != plan->trials[i - 1].place)
            grid->places[grid->place_count++] = plan->trials[i].place;
    return grid->places != NULL;
}

static bool fits_anywhere(const struct sweep *sweep, const struct sweep_grid *grid,
                          const struct legal_row *row)
{
    for (size_t i = 0; i < grid->place_count; i++)
        if (legal_row_fits(row, call_at(sweep, grid->places[i])->call, row->fault, row->err))
            return true;
    return false;
}

/* The column of a row, which may be new; takes the name. Past all of them: no memory. */
static size_t column_of(struct sweep_grid *grid, char *name)
{
    size_t i = 0;
    while (i < grid->fault_count && strcmp(grid->faults[i], name) != 0)
        i++;
    if (i < grid->fault_count) {
        free(name);
        return i;
    }
    char **grown = realloc(grid->faults, (grid->fault_count + 1) * sizeof *grown);
    if (grown == NULL) {
        free(name);
        return SIZE_MAX;
    }
    grid->faults = grown;
    grown[grid->fault_count] = name;
    return grid->fault_count++;
}

enum { NO_COLUMN = -1 };

/* The column of each row of legal.def, NO_COLUMN of those that are not tried here. malloc'd; NULL: no memory.
 */
static int *find_columns(const struct sweep *sweep, bool by_kind, struct sweep_grid *grid)
{
    size_t count = 0;
    while (legal_row_at(count) != NULL)
        count++;
    int *columns = calloc(count + 1, sizeof *columns);
    for (size_t i = 0; columns != NULL && i < count; i++) {
        const struct legal_row *row = legal_row_at(i);
        char *name = fits_anywhere(sweep, grid, row) ? sweep_fault_text(row) : NULL;
        columns[i] = NO_COLUMN;
        if (name == NULL)
            continue;
        if (by_kind)
            strcpy(name, fault_name(row->fault)); /* what is tried of a fault begins with its name */
        size_t column = column_of(grid, name);
        if (column == SIZE_MAX) {
            free(columns);
            return NULL;
        }
        columns[i] = (int)column;
    }
    return columns;
}

static const char *lacking(const struct legal_row *row, const struct survey_call *call)
{
    conditions missing = row->needs & legal_lasting() & ~call->facts;
    for (int bit = 0; bit < CONDITION_COUNT; bit++)
        if (missing >> bit & 1)
            return condition_lack((enum condition_bit)bit);
    return NULL;
}

/* What is known without any trial: it is possible there, for all that is known, or what is in its way. */
static void note_row(const struct legal_row *row, const struct survey_call *call, struct sweep_cell *cell)
{
    const char *lack = lacking(row, call);
    if (lack == NULL) {
        cell->state = SWEEP_NOT_REACHED;
        cell->why = "not tried";
    } else if (cell->state == SWEEP_ILLEGAL) {
        cell->state = SWEEP_NOT_HERE;
        cell->why = lack;
    }
}

static enum sweep_state state_of(const struct sweep *sweep, size_t trial)
{
    static const enum sweep_state states[SWEEP_CLASSES] = {
        [SWEEP_CLASS_SURVIVED] = SWEEP_SURVIVED,   [SWEEP_CLASS_DEFECT] = SWEEP_DEFECT,
        [SWEEP_CLASS_REFUSED] = SWEEP_NOT_HERE,    [SWEEP_CLASS_NOT_FIRED] = SWEEP_NOT_REACHED,
        [SWEEP_CLASS_TROUBLE] = SWEEP_NOT_REACHED,
    };
    return sweep->tried[trial].done ? states[sweep_class_of(sweep, trial)] : SWEEP_NOT_REACHED;
}

static const char *reason_of(const struct sweep *sweep, size_t trial)
{
    const struct sweep_tried *tried = &sweep->tried[trial];
    if (!tried->done)
        return "not started";
    return tried->seen.words == NULL ? sweep_outcome_text(tried->seen.outcome) : tried->seen.words;
}

static void note_trial(const struct sweep *sweep, size_t trial, struct sweep_cell *cell)
{
    enum sweep_state state = state_of(sweep, trial);
    bool first = true;
    for (int i = 0; i < SWEEP_STATES; i++)
        first = first && cell->counts[i] == 0;
    if (first || state > cell->state) {
        cell->state = state;
        cell->why = state == SWEEP_NOT_HERE || state == SWEEP_NOT_REACHED ? reason_of(sweep, trial) : NULL;
    }
    cell->counts[state]++;
}

static void fill_cells(const struct sweep *sweep, const int *columns, struct sweep_grid *grid)
{
    const struct legal_row *row;
    for (size_t i = 0; i < grid->place_count; i++) {
        struct sweep_cell *cells = &grid->cells[i * grid->fault_count];
        const struct survey_call *call = call_at(sweep, grid->places[i]);
        for (size_t k = 0; (row = legal_row_at(k)) != NULL; k++)
            if (columns[k] != NO_COLUMN && legal_row_fits(row, call->call, row->fault, row->err))
                note_row(row, call, &cells[columns[k]]);
        for (size_t k = 0; k < sweep->plan.count; k++)
            for (size_t r = 0; sweep->plan.trials[k].place == grid->places[i] && legal_row_at(r); r++)
                if (legal_row_at(r) == sweep->plan.trials[k].row && columns[r] != NO_COLUMN)
                    note_trial(sweep, k, &cells[columns[r]]);
    }
}

bool sweep_grid_make(const struct sweep *sweep, bool by_kind, struct sweep_grid *ret)
{
    *ret = (struct sweep_grid){0};
    int *columns = find_places(sweep, ret) ? find_columns(sweep, by_kind, ret) : NULL;
    if (columns != NULL)
        ret->cells = calloc(ret->place_count * ret->fault_count + 1, sizeof *ret->cells);
    if (ret->cells != NULL)
        fill_cells(sweep, columns, ret);
    free(columns);
    return ret->cells != NULL;
}

void sweep_grid_free(struct sweep_grid *grid)
{
    for (size_t i = 0; i < grid->fault_count; i++)
        free(grid->faults[i]);
    free(grid->faults);
    free(grid->places);
    free(grid->cells);
    *grid = (struct sweep_grid){0};
}
