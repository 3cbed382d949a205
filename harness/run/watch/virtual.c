#include "harness/run/watch/virtual.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum run_clock clock_of(const struct run *run)
{
    if (run->options->clock != CLOCK_DEFAULT)
        return run->options->clock;
    return run->experiment->clock != CLOCK_DEFAULT ? run->experiment->clock : RUN_CLOCK_UNSAID;
}

/* Why time has to be real with that process; NULL: for no such reason. */
static const char *real_time_reason(const struct run *run, size_t index)
{
    const struct scenario_process *process = &run->experiment->processes[index];
    if (process->peer)
        return NULL;
    const char *reason = program_real_time_reason(&run->programs[index]);
    return reason || process->shim ? reason : "it runs without the shim";
}

bool virtual_wanted(struct run *run)
{
    if (clock_of(run) != CLOCK_VIRTUAL)
        return false;
    if (run->options->tool == MEMORY_VALGRIND) {
        run_note(run, "real time: valgrind's own locks look like sleep");
        return false;
    }
    for (size_t i = 0; i < run->experiment->process_count; i++) {
        const char *reason = real_time_reason(run, i);
        if (!reason)
            continue;
        run_note(run, "real time: process %s: %s", run->experiment->processes[i].name, reason);
        return false;
    }
    return true;
}

void virtual_is_wrong(struct run *run, const char *format, ...)
{
    char *why = NULL;
    va_list arguments;
    if (!run->is_virtual || run->is_held)
        return;
    va_start(arguments, format);
    if (vasprintf(&why, format, arguments) < 0)
        why = NULL;
    va_end(arguments);
    run->is_held = true;
    if (atomic_load(&run->board->offset_ns) == 0)
        run_note(run, "real time: %s", why ? why : "?");
    else
        run->result->again = why ? strdup(why) : strdup("?");
    free(why);
}
