/* Places x faults, as text: a column for each kind of fault. */
#include "harness/sweep/report/grid.h"
#include "harness/sweep/report/report.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

enum { SITE_MAX = 40, CELL_MAX = 96 };

static const char *const signs[SWEEP_STATES] = {
    [SWEEP_ILLEGAL] = ".", [SWEEP_NOT_REACHED] = "?", [SWEEP_NOT_HERE] = "-",
    [SWEEP_SURVIVED] = "", [SWEEP_DEFECT] = "!",
};

/* "3", "3 !1", "!2 -1"; of a cell without trials its sign alone: "-", "?" or ".". */
static void cell_text(const struct sweep_cell *cell, char ret[CELL_MAX])
{
    static const enum sweep_state order[] = {SWEEP_SURVIVED, SWEEP_DEFECT, SWEEP_NOT_HERE, SWEEP_NOT_REACHED};
    size_t len = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (cell->counts[order[i]] > 0 && len < CELL_MAX)
            len += (size_t)snprintf(ret + len, CELL_MAX - len, "%s%s%zu", len > 0 ? " " : "", signs[order[i]],
                                    cell->counts[order[i]]);
    if (len == 0)
        strcpy(ret, signs[cell->state]);
}

static int column_width(const struct sweep_grid *grid, size_t column)
{
    size_t width = strlen(grid->faults[column]);
    char text[CELL_MAX];
    for (size_t i = 0; i < grid->place_count; i++) {
        cell_text(sweep_grid_cell(grid, i, column), text);
        width = strlen(text) > width ? strlen(text) : width;
    }
    return (int)width;
}

/* "client.c:29  client/recv", cut to SITE_MAX. malloc'd. */
static char *place_text(const struct sweep_place *place)
{
    const struct survey_call *call = place->calls[SWEEP_FIRST];
    char *text = text_format("%s  %s/%s", call->site, call->process, call_info(call->call)->name);
    char *escaped = text == NULL ? NULL : text_escaped(text, strlen(text), false);
    if (escaped != NULL && strlen(escaped) > SITE_MAX)
        escaped[text_cut(escaped, strlen(escaped), SITE_MAX)] = '\0';
    free(text);
    return escaped;
}

static void write_row(FILE *to, const struct sweep *sweep, const struct sweep_grid *grid, size_t row)
{
    const struct sweep_place *place = &sweep->plan.places.items[grid->places[row]];
    char *name = place_text(place), text[CELL_MAX];
    fprintf(to, "  %-*s %5zu", SITE_MAX, name == NULL ? "?" : name, place->times);
    for (size_t i = 0; i < grid->fault_count; i++) {
        cell_text(sweep_grid_cell(grid, row, i), text);
        fprintf(to, "  %*s", column_width(grid, i), text);
    }
    fputc('\n', to);
    free(name);
}

void sweep_table_write(FILE *to, const struct sweep *sweep)
{
    struct sweep_grid grid;
    if (sweep_grid_make(sweep, true, &grid)) {
        fprintf(to, "  %-*s calls", SITE_MAX, "place");
        for (size_t i = 0; i < grid.fault_count; i++)
            fprintf(to, "  %*s", column_width(&grid, i), grid.faults[i]);
        fputc('\n', to);
        for (size_t i = 0; i < grid.place_count; i++)
            write_row(to, sweep, &grid, i);
        fputs("  (3: so many survived; !1: so many defects; -: not legal there; ?: not reached; "
              ".: no such fault at that call)\n",
              to);
    }
    sweep_grid_free(&grid);
}
