/* Places x faults: a cell's state by colour, by sign and count, and in words as its title. */
#include "harness/sweep/report/grid.h"
#include "harness/sweep/report/html_parts.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *class, *sign;
} looks[SWEEP_STATES] = {
    [SWEEP_ILLEGAL] = {"illegal", "&middot;"}, [SWEEP_NOT_REACHED] = {"unreached", "?"},
    [SWEEP_NOT_HERE] = {"refused", "&minus;"}, [SWEEP_SURVIVED] = {"survived", "&#10003;"},
    [SWEEP_DEFECT] = {"failed", "&#10007;"},
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* "io.c:107" or "prog+0x1234". */
static void write_frame(FILE *to, struct sweep_programs *programs, const struct survey_call *call, size_t i)
{
    int line = 0;
    char *source = sweep_programs_frame(programs, call, i, &line);
    if (source != NULL) {
        html_text(to, base_name(source));
        fprintf(to, ":%d", line);
    } else {
        html_text(to, call->frames[i].module);
        fprintf(to, "+0x%llx", (unsigned long long)call->frames[i].offset);
    }
    free(source);
}

/* What called main() is the same in every program. */
static size_t callers_end(const struct survey_call *call)
{
    size_t i = 1;
    while (i < call->frame_count && strncmp(call->frames[i].module, "libc.so", strlen("libc.so")) != 0)
        i++;
    return i;
}

static void write_place(FILE *to, const struct sweep_place *place, struct sweep_programs *programs)
{
    const struct survey_call *call = place->calls[SWEEP_FIRST];
    fputs("<th class=\"place\" scope=\"row\"><code>", to);
    html_text(to, call->site);
    fputs("</code> ", to);
    html_text(to, call->process);
    fprintf(to, "/%s", call_info(call->call)->name);
    size_t end = callers_end(call);
    if (end > 1)
        fputs("<br><span class=\"dim mono\">from ", to);
    for (size_t i = 1; i < end; i++) {
        fputs(i > 1 ? ", " : "", to);
        write_frame(to, programs, call, i);
    }
    fprintf(to, "%s</th><td class=\"number\">%zu</td>", end > 1 ? "</span>" : "", place->times);
}

/* "short=1: 2 survived, 1 not legal here (the socket ...)". */
static void write_title(FILE *to, const char *fault, const struct sweep_cell *cell)
{
    bool any = false;
    html_text(to, fault);
    fputs(": ", to);
    for (int state = SWEEP_STATES; state-- > 0;)
        if (cell->counts[state] > 0) {
            fprintf(to, "%s%zu %s", any ? ", " : "", cell->counts[state],
                    sweep_state_name((enum sweep_state)state));
            any = true;
        }
    if (!any)
        fputs(sweep_state_name(cell->state), to);
    if (cell->why != NULL) {
        fputs(": ", to);
        html_text(to, cell->why);
    }
}

static void write_cell(FILE *to, const char *fault, const struct sweep_cell *cell)
{
    fprintf(to, "<td class=\"cell %s\" title=\"", looks[cell->state].class);
    write_title(to, fault, cell);
    fprintf(to, "\">%s", looks[cell->state].sign);
    if (cell->counts[cell->state] > 1)
        fprintf(to, "%zu", cell->counts[cell->state]);
    fputs("</td>", to);
}

static void write_legend(FILE *to)
{
    fputs("<p>", to);
    for (int state = SWEEP_STATES; state-- > 0;)
        fprintf(to, "<span class=\"%s\">&nbsp;%s&nbsp;</span> %s &ensp; ", looks[state].class,
                looks[state].sign, sweep_state_name((enum sweep_state)state));
    fputs("<span class=\"dim\">A number behind a sign: so many of them.</span></p>\n", to);
}

static void write_grid(FILE *to, const struct sweep *sweep, const struct sweep_grid *grid,
                       struct sweep_programs *programs)
{
    write_legend(to);
    fputs("<div class=\"scroll\"><table>\n<tr><th>place</th><th>calls</th>", to);
    for (size_t i = 0; i < grid->fault_count; i++) {
        fputs("<th class=\"turned\" scope=\"col\"><span>", to);
        html_text(to, grid->faults[i]);
        fputs("</span></th>", to);
    }
    fputs("</tr>\n", to);
    for (size_t i = 0; i < grid->place_count; i++) {
        fputs("<tr>", to);
        write_place(to, &sweep->plan.places.items[grid->places[i]], programs);
        for (size_t k = 0; k < grid->fault_count; k++)
            write_cell(to, grid->faults[k], sweep_grid_cell(grid, i, k));
        fputs("</tr>\n", to);
    }
    fputs("</table></div>\n", to);
}

void html_table(FILE *to, const struct sweep *sweep, struct sweep_programs *programs)
{
    struct sweep_grid grid;
    fputs("<h3>Places and faults</h3>\n", to);
    if (sweep_grid_make(sweep, false, &grid) && grid.place_count > 0)
        write_grid(to, sweep, &grid, programs);
    else
        fputs("<p>Nothing was to be tried.</p>\n", to);
    sweep_grid_free(&grid);
}
