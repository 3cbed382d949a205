/* Places x faults. */
#include "harness/sweep/report/report.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

enum { SITE_MAX = 40 };

struct cell {
    size_t survived, defects, other;
};

static struct cell cell_of(const struct sweep *sweep, size_t place, uint32_t fault)
{
    struct cell cell = {0};
    for (size_t i = 0; i < sweep->plan.count; i++) {
        if (sweep->plan.trials[i].place != place || sweep->plan.trials[i].row->fault != fault ||
            !sweep->tried[i].done)
            continue;
        enum sweep_class class = sweep_class_of(sweep, i);
        cell.survived += class == SWEEP_CLASS_SURVIVED;
        cell.defects += class == SWEEP_CLASS_DEFECT;
        cell.other += class != SWEEP_CLASS_SURVIVED && class != SWEEP_CLASS_DEFECT;
    }
    return cell;
}

/* "3", "3 !1", "!2 (1)", or "". */
static void cell_text(const struct cell *cell, char *ret, size_t size)
{
    size_t len = 0;
    ret[0] = '\0';
    if (cell->survived > 0)
        len += (size_t)snprintf(ret, size, "%zu", cell->survived);
    if (cell->defects > 0 && len < size)
        len += (size_t)snprintf(ret + len, size - len, "%s!%zu", len > 0 ? " " : "", cell->defects);
    if (cell->other > 0 && len < size)
        snprintf(ret + len, size - len, "%s(%zu)", len > 0 ? " " : "", cell->other);
}

static int column_width(const struct sweep *sweep, uint32_t fault)
{
    int width = 0;
    char text[48];
    for (size_t i = 0; i < sweep->plan.places.count; i++) {
        struct cell cell = cell_of(sweep, i, fault);
        cell_text(&cell, text, sizeof text);
        width = (int)strlen(text) > width ? (int)strlen(text) : width;
    }
    int name = (int)strlen(fault_name((enum fault_kind)fault));
    return width == 0 ? 0 : width > name ? width : name;
}

/* "client/recv at client.c:29", cut to SITE_MAX. malloc'd. */
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

static void write_row(FILE *to, const struct sweep *sweep, size_t place, const int *widths)
{
    char *name = place_text(&sweep->plan.places.items[place]), text[48];
    fprintf(to, "  %-*s %5zu", SITE_MAX, name == NULL ? "?" : name, sweep->plan.places.items[place].times);
    for (uint32_t fault = 0; fault < FAULT_COUNT; fault++) {
        struct cell cell = cell_of(sweep, place, fault);
        cell_text(&cell, text, sizeof text);
        if (widths[fault] > 0)
            fprintf(to, "  %*s", widths[fault], text);
    }
    fputc('\n', to);
    free(name);
}

static bool has_trials(const struct sweep *sweep, size_t place)
{
    for (size_t i = 0; i < sweep->plan.count; i++)
        if (sweep->plan.trials[i].place == place)
            return true;
    return false;
}

void sweep_table_write(FILE *to, const struct sweep *sweep)
{
    int widths[FAULT_COUNT] = {0};
    fprintf(to, "  %-*s calls", SITE_MAX, "place");
    for (uint32_t fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
        widths[fault] = column_width(sweep, fault);
        if (widths[fault] > 0)
            fprintf(to, "  %*s", widths[fault], fault_name((enum fault_kind)fault));
    }
    fputs("\n", to);
    for (size_t i = 0; i < sweep->plan.places.count; i++)
        if (has_trials(sweep, i))
            write_row(to, sweep, i, widths);
    fputs("  (so many survived, !defects, (refused or not fired))\n", to);
}
