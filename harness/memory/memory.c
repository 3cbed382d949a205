#include "harness/memory/memory.h"
#include "harness/memory/reports.h"
#include "harness/phrase.h"
#include "harness/text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[MEMORY_TOOLS] = {"none", "valgrind", "asan"};

const char *memory_tool_name(enum memory_tool tool)
{
    return names[tool];
}

enum memory_tool memory_tool_find(const char *name)
{
    for (int tool = MEMORY_VALGRIND; tool < MEMORY_TOOLS; tool++)
        if (strcmp(names[tool], name) == 0)
            return (enum memory_tool)tool;
    return MEMORY_NONE;
}

/* Debian's is a script that hands on to the program beside it: what a shell does is nothing to try faults at.
 */
static void name_valgrind(const struct program *found, char ret[PATH_MAX])
{
    static const char program[] = ".bin";
    snprintf(ret, PATH_MAX, "%.*s%s", (int)(PATH_MAX - sizeof program), found->path, program);
    if (!found->interpreter[0] || access(ret, X_OK) != 0)
        ret[strlen(ret) - strlen(program)] = '\0';
}

bool memory_find_valgrind(const char *root, const char *third_party, char ret[PATH_MAX], struct diag *diag)
{
    struct program *program = malloc(sizeof *program);
    struct diag why = {0};
    bool found =
        program != NULL && program_find("valgrind", root, getenv("PATH"), third_party, program, &why);
    if (found)
        name_valgrind(program, ret);
    else
        diag_set(diag, STATUS_TROUBLE, "--with=valgrind: %s", diag_ok(&why) ? "no memory" : why.text);
    free(program);
    return found;
}

/* 1, 0, or -1: it is not known. */
static int is_asan(const struct scenario_process *process, const char *root, const char *third_party)
{
    struct program *program = malloc(sizeof *program);
    struct diag diag = {0};
    int answer = -1;
    if (program != NULL && strstr(process->run[0], "${") == NULL &&
        program_find(process->run[0], root, getenv("PATH"), third_party, program, &diag))
        answer = program->is_asan;
    free(program);
    return answer;
}

bool memory_check(enum memory_tool tool, const struct experiment *experiment, const char *root,
                  const char *third_party, struct diag *diag)
{
    bool fits = tool != MEMORY_ASAN;
    for (size_t i = 0; tool != MEMORY_NONE && i < experiment->process_count; i++) {
        const struct scenario_process *process = &experiment->processes[i];
        int asan = process->run == NULL || !process->shim ? 0 : is_asan(process, root, third_party);
        fits = fits || (tool == MEMORY_ASAN && asan != 0);
        if (tool != MEMORY_VALGRIND || asan != 1)
            continue;
        diag_set(
            diag, STATUS_USAGE,
            "--with=valgrind: got %s, which is built with -fsanitize=address, expected a program without "
            "(or --with=asan)",
            process->run[0]);
        return false;
    }
    if (!fits)
        diag_set(diag, STATUS_USAGE,
                 "--with=asan: got no program that is built with -fsanitize=address in %s, expected one at "
                 "least",
                 experiment->file);
    return fits;
}

void memory_prefix(const char *folder, const char *process, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/memory-%s", folder, process);
}

char **memory_valgrind_words(const char *valgrind, const char *prefix, size_t more, size_t *ret_count)
{
    enum { WORDS = 8 };
    char **words = calloc(WORDS + more + 1, sizeof *words);
    size_t count = 0;
    bool ok = words != NULL;
    const char *const fixed[] = {
        valgrind, "-q", "--tool=memcheck", "--leak-check=no", "--trace-children=yes", "--xml=yes"};
    for (size_t i = 0; ok && i < sizeof fixed / sizeof *fixed; i++)
        ok = (words[count++] = strdup(fixed[i])) != NULL;
    ok = ok && (words[count++] = text_format("--xml-file=%s.%%p", prefix)) != NULL &&
         (words[count++] = strdup("--")) != NULL;
    *ret_count = count;
    if (ok)
        return words;
    for (size_t i = 0; words != NULL && i < count; i++)
        free(words[i]);
    free(words);
    return NULL;
}

char *memory_asan_options(const char *before, const char *prefix)
{
    return text_format("detect_leaks=0%s%s:symbolize=0:log_path=%s", before == NULL ? "" : ":",
                       before == NULL ? "" : before, prefix);
}

bool memory_knows(const char *lines, const char *line, size_t len)
{
    for (const char *at = lines; at != NULL && *at != '\0';) {
        size_t here = strcspn(at, "\n");
        if (here == len && memcmp(at, line, len) == 0)
            return true;
        at += here + (at[here] == '\n');
    }
    return false;
}

void reports_add(char **lines, const char *line)
{
    if (!memory_knows(*lines, line, strlen(line)))
        phrase_append(lines, "\n", "%s", line);
}

static bool is_one_of(const char *module, const char *const *beginnings)
{
    const char *slash = strrchr(module, '/'), *base = slash == NULL ? module : slash + 1;
    for (; *beginnings != NULL; beginnings++)
        if (strncmp(base, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

bool memory_is_runtime(const char *module)
{
    static const char *const runtimes[] = {"libasan.so",   "libtsan.so",  "liblsan.so",
                                           "libhwasan.so", "libclang_rt", NULL};
    return is_one_of(module, runtimes);
}

bool memory_is_launcher(const char *module)
{
    static const char *const launchers[] = {"valgrind", NULL};
    return is_one_of(module, launchers);
}

bool reports_is_foreign(const char *module)
{
    static const char *const others[] = {"libc.so",         "libc-2",    "ld-linux",  "libpthread",
                                         "libsockfault.so", "vgpreload", "memcheck-", NULL};
    return memory_is_runtime(module) || is_one_of(module, others);
}

/* "PREFIX.123" */
static bool is_report(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(name, prefix, len) == 0 && name[len] == '.' && name[len + 1] != '\0' &&
           name[len + 1 + strspn(name + len + 1, "0123456789")] == '\0';
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
    size_t a = strlen((*one)->d_name), b = strlen((*other)->d_name);
    return a != b ? (a > b) - (a < b) : strcmp((*one)->d_name, (*other)->d_name);
}

char *memory_errors(enum memory_tool tool, const char *prefix, struct sites *sites)
{
    struct dirent **entries = NULL;
    char *lines = NULL;
    const char *slash = strrchr(prefix, '/');
    char *folder = slash == NULL ? NULL : strndup(prefix, (size_t)(slash - prefix));
    int count = folder == NULL ? 0 : scandir(folder, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        char *path = is_report(entries[i]->d_name, slash + 1)
                         ? text_format("%s/%s", folder, entries[i]->d_name)
                         : NULL;
        if (path != NULL && tool == MEMORY_VALGRIND)
            reports_read_valgrind(path, &lines);
        else if (path != NULL)
            reports_read_asan(path, sites, &lines);
        free(path);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return lines;
}
