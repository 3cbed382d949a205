#include "harness/run/keep.h"

#include "harness/run/outcome.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *create(const struct run *run, const char *name, const char *ending)
{
    char *path = text_format("%s/%s%s", run->guard->folder, name, ending);
    FILE *file = path ? fopen(path, "wxe") : NULL;
    free(path);
    return file;
}

/* file may be NULL: it could not be made. */
static bool finish(FILE *file)
{
    if (!file)
        return false;
    bool good = !ferror(file);
    return fclose(file) == 0 && good;
}

static bool keep_scenario(const struct run *run)
{
    const char *name = run->experiment->file;
    char *path = name[0] == '/' ? text_format("%s", name) : text_format("%s/%s", run->options->root, name);
    FILE *from = path ? fopen(path, "re") : NULL;
    FILE *to = from ? create(run, "scenario", ".yaml") : NULL;
    char bytes[4096];
    for (size_t got; to && (got = fread(bytes, 1, sizeof bytes, from)) > 0;)
        fwrite(bytes, 1, got, to);
    bool good = finish(to);
    if (from)
        fclose(from);
    free(path);
    return good;
}

static bool keep_output(const struct run *run, const char *process, const char *ending, const char *bytes,
                        size_t len)
{
    FILE *file = create(run, process, ending);
    if (file && bytes)
        fwrite(bytes, 1, len, file);
    return finish(file);
}

static bool keep_outputs(const struct run *run)
{
    bool good = true;
    for (size_t i = 0; i < run->result->process_count; i++) {
        const struct process_result *process = &run->result->processes[i];
        if (!process->started)
            continue;
        good = keep_output(run, process->name, ".stdout", process->out, process->out_len) && good;
        good = keep_output(run, process->name, ".stderr", process->err, process->err_len) && good;
    }
    return good;
}

static bool keep_trace(struct run *run, struct sites *sites)
{
    FILE *file = create(run, "trace", ".txt");
    if (file)
        outcome_write_trace(run, sites, file);
    return finish(file);
}

void keep_files(struct run *run, struct sites *sites)
{
    bool scenario = keep_scenario(run), outputs = keep_outputs(run), trace = keep_trace(run, sites);
    if (!scenario || !outputs || !trace)
        run_note(run, "not all that was to be kept could be written to %s", run->guard->folder);
    unlink(run->board_path);
}
