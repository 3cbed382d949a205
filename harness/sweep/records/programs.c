#include "harness/sweep/records/programs.h"
#include "harness/memory/memory.h"
#include "harness/program/debug.h"

#include <stdlib.h>
#include <string.h>

static void find_program(const struct scenario_process *process, const struct run_options *options,
                         struct sweep_program *ret)
{
    struct diag diag = {0};
    struct program *program = malloc(sizeof *program);
    ret->process = process->name;
    if (program != NULL && process->run != NULL && strstr(process->run[0], "${") == NULL &&
        program_find(process->run[0], options->root, getenv("PATH"), options->third_party, program, &diag)) {
        ret->path = strdup(program->path);
        program_build_id(program->path, ret->build_id);
    }
    free(program);
}

bool sweep_programs_find(const struct experiment *experiment, const struct run_options *options,
                         struct sweep_programs *ret)
{
    *ret = (struct sweep_programs){.items = calloc(experiment->process_count + 1, sizeof *ret->items),
                                   .sites = sites_new()};
    if (ret->items == NULL || ret->sites == NULL)
        return false;
    for (size_t i = 0; i < experiment->process_count; i++)
        find_program(&experiment->processes[i], options, &ret->items[ret->count++]);
    return true;
}

void sweep_programs_free(struct sweep_programs *programs)
{
    for (size_t i = 0; i < programs->count; i++) {
        free(programs->items[i].path);
        if (programs->items[i].listed)
            libraries_free(&programs->items[i].libraries);
    }
    free(programs->items);
    sites_free(programs->sites);
    *programs = (struct sweep_programs){0};
}

static const char *library_path(struct sweep_program *program, const char *module)
{
    struct diag diag = {0};
    if (!program->listed)
        libraries_list(program->path, NULL, &program->libraries, &diag);
    program->listed = true;
    for (size_t i = 0; i < program->libraries.count; i++)
        if (strcmp(debug_base_name(program->libraries.paths[i]), module) == 0)
            return program->libraries.paths[i];
    return NULL;
}

/* A survey knows files by their base names. */
static const char *module_path(struct sweep_programs *programs, const char *process, const char *module)
{
    size_t len = strcspn(process, "#");
    for (size_t i = 0; i < programs->count; i++) {
        struct sweep_program *program = &programs->items[i];
        if (program->path == NULL || strlen(program->process) != len ||
            strncmp(program->process, process, len) != 0)
            continue;
        if (strcmp(debug_base_name(program->path), module) == 0)
            return program->path;
        return library_path(program, module);
    }
    return NULL;
}

char *sweep_programs_frame(struct sweep_programs *programs, const struct survey_call *call, size_t frame,
                           int *ret_line)
{
    const char *path = module_path(programs, call->process, call->frames[frame].module);
    return path == NULL ? NULL : sites_source(programs->sites, path, call->frames[frame].offset, ret_line);
}

char *sweep_programs_source(struct sweep_programs *programs, const struct survey_call *call, int *ret_line)
{
    for (size_t i = 0; i < call->frame_count; i++) {
        if (memory_is_runtime(call->frames[i].module))
            continue;
        char *source = sweep_programs_frame(programs, call, i, ret_line);
        if (source != NULL)
            return source;
    }
    return NULL;
}
