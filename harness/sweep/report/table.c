/* Places x faults, as text: a column for each kind of fault. */
#include "harness/sweep/report/grid.h"
#include "harness/sweep/report/report.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

enum { PLACE_MAX = 64, CELL_MAX = 96 };

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

/* "client.c:29  client/recv"; too long for PLACE_MAX, the site is cut. malloc'd. */
static char *place_text(const struct sweep_place *place)
{
    const struct survey_call *call = place->calls[SWEEP_FIRST];
    char *site = text_escaped(call->site, strlen(call->site), false);
    char *text = text_format("  %s/%s", call->process, call_info(call->call)->name);
    char *rest = text == NULL ? NULL : text_escaped(text, strlen(text), false);
    size_t room = rest != NULL && strlen(rest) < PLACE_MAX ? PLACE_MAX - strlen(rest) : 0;
    if (site != NULL && strlen(site) > room)
        site[text_cut(site, strlen(site), room)] = '\0';
    char *place_is = site == NULL || rest == NULL ? NULL : text_format("%s%s", site, rest);
    free(site);
    free(text);
    free(rest);
    return place_is;
}

/* Of the first column. */
static int place_width(const struct sweep *sweep, const struct sweep_grid *grid)
{
    size_t width = strlen("place");
    for (size_t i = 0; i < grid->place_count; i++) {
        char *text = place_text(&sweep->plan.places.items[grid->places[i]]);
        width = text != NULL && strlen(text) > width ? strlen(text) : width;
        free(text);
    }
    return (int)width;
}

static void write_row(FILE *to, const struct sweep *sweep, const struct sweep_grid *grid, size_t row,
                      int width)
{
    const struct sweep_place *place = &sweep->plan.places.items[grid->places[row]];
    char *name = place_text(place), text[CELL_MAX];
    fprintf(to, "  %-*s %5zu", width, name == NULL ? "?" : name, place->times);
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
        int width = place_width(sweep, &grid);
        fprintf(to, "  %-*s calls", width, "place");
        for (size_t i = 0; i < grid.fault_count; i++)
            fprintf(to, "  %*s", column_width(&grid, i), grid.faults[i]);
        fputc('\n', to);
        for (size_t i = 0; i < grid.place_count; i++)
            write_row(to, sweep, &grid, i, width);
        fputs(
            "  (3: so many survived; !1: so many defects; -: not legal there; ?: not tried, or not reached; "
            ".: no such fault at that call)\n",
            to);
    }
    sweep_grid_free(&grid);
}
