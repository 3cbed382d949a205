/* Readers of processes:, files: and environments. */
#include "harness/scenario/process.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/values.h"

#include <signal.h>
#include <string.h>

enum { PROCESSES_MAX = 32, INSTANCES_MAX = 64 };
static const int64_t second = 1000000000;

static bool is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-.";
    return strspn(text, letters) > 0 && text[strspn(text, more)] == '\0';
}

bool process_names(struct reader *r, const struct node *map)
{
    struct experiment *experiment = r->experiment;
    if (map->kind != NODE_MAP || map->count == 0)
        return reader_wrong(r, map, "a map of at least one process");
    if (map->count > PROCESSES_MAX)
        return reader_error(r, map->keys[PROCESSES_MAX], "got %zu processes, expected at most %d", map->count,
                            PROCESSES_MAX);
    experiment->processes = pool_room(r->pool, map->count, sizeof *experiment->processes);
    for (size_t i = 0; i < map->count; i++) {
        const struct node *key = map->keys[i];
        if (!is_name(key->text) || key->len >= RULE_PROCESS_MAX)
            return reader_error(
                r, key,
                "got %s, expected the name of a process: letters, digits, '_', '-' and '.', a "
                "letter first, at most %d",
                reader_quoted(r, key->text), RULE_PROCESS_MAX - 1);
        experiment->processes[experiment->process_count++] = (struct scenario_process){
            .name = pool_copy(r->pool, key->text, key->len),
            .place = reader_place(r, key),
            .shim = true,
            .stop_signal = SIGTERM,
            .stop_timeout_ns = 2 * second,
            .output_limit = 1 << 20,
            .count = 1,
            .expect = {.running = -1, .serves = {.process = -1}, .elapsed_max_ns = INT64_MAX},
        };
    }
    return true;
}

/* A process is a program or a script; what only a program has is nothing for a script. */
static bool check_kind(struct reader *r, const struct node *map, struct scenario_process *process)
{
    static const char *const of_programs[] = {"stdin",        "env",          "clear_env",    "stop", "shim",
                                              "stop_timeout", "output_limit", "memory_limit", NULL};
    if (process->run == NULL && process->peer == NULL)
        return reader_error(r, map, "got neither 'run' nor 'peer' in a process, expected one of them");
    if (process->peer == NULL)
        return true;
    if (process->run != NULL)
        return reader_error(r, node_get(map, "peer"),
                            "got 'run' and 'peer' in a process, expected one of them");
    for (const char *const *key = of_programs; *key != NULL; key++)
        if (node_get(map, *key) != NULL)
            return reader_error(r, node_get(map, *key),
                                "got '%s' for a peer, expected after, ready, cwd or count", *key);
    process->shim = false;
    return true;
}

bool read_processes(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    for (size_t i = 0; i < node->count; i++) {
        r->process = (int)i;
        if (!keys_read(r, KEYS_PROCESS, node->items[i], &experiment->processes[i]) ||
            !check_kind(r, node->items[i], &experiment->processes[i]))
            return false;
    }
    r->process = -1;
    return true;
}

bool read_command(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    if (node->kind != NODE_LIST || node->count == 0)
        return reader_wrong(r, node, "a list: the program and its arguments");
    process->run = value_texts(r, node, RUNTIME_ANY, "a string", &process->run_count);
    if (process->run == NULL)
        return false;
    return *process->run[0] != '\0' ? true : value_wrong(r, node->items[0], "", "a program");
}

bool read_after(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    size_t count;
    struct node *self = (struct node *)node;
    struct node *const *items = reader_items(r, &self, &count, "a process or a list of processes");
    if (items == NULL)
        return false;
    process->after = pool_room(r->pool, count, sizeof *process->after);
    for (size_t i = 0; i < count; i++) {
        int other = reader_process(r, items[i]);
        if (other < 0)
            return false;
        if (other == r->process)
            return reader_error(r, items[i], "got '%s' after itself, expected another process",
                                process->name);
        for (size_t j = 0; j < process->after_count; j++)
            if (process->after[j] == other)
                return reader_error(r, items[i], "got %s twice, expected it once", reader_shown(r, items[i]));
        process->after[process->after_count++] = other;
    }
    return true;
}

bool read_ready_port(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    uint64_t number;
    if (!value_number(r, node, 1, UINT16_MAX, "a port from 1 to 65535", &number))
        return false;
    process->ready_port = (uint16_t)number;
    process->ready = READY_LISTENING;
    return true;
}

static bool read_ready_map(struct reader *r, const struct node *node, struct scenario_process *process)
{
    if (!keys_read(r, KEYS_READY, node, process))
        return false;
    return node->count == 1 ||
           reader_error(r, node, "got %zu keys, expected one of 'listening: PORT' and 'stdout: REGEX'",
                        node->count);
}

bool read_ready(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "listening, exit, started, {listening: PORT} or {stdout: REGEX}";
    static const struct {
        const char *word;
        enum ready_kind kind;
    } words[] = {{"listening", READY_LISTENING}, {"exit", READY_EXIT}, {"started", READY_STARTED}};
    struct scenario_process *process = to;
    process->ready_said = true;
    process->ready = READY_STDOUT;
    if (node->kind == NODE_MAP)
        return read_ready_map(r, node, process);
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0) {
            process->ready = words[i].kind;
            return true;
        }
    return value_wrong(r, node, text, what);
}

bool read_input(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    if (node->kind == NODE_MAP)
        return keys_read(r, KEYS_STDIN, node, process);
    process->stdin_text = (char *)reader_text(r, node, RUNTIME_ANY, "a string or {file: PATH}");
    return process->stdin_text != NULL;
}

bool read_instances(struct reader *r, const struct node *node, void *to)
{
    uint64_t number;
    if (!value_number(r, node, 1, INSTANCES_MAX, "a number from 1 to 64", &number))
        return false;
    *(unsigned int *)to = (unsigned int)number;
    return true;
}

/* A map of names to strings; with `removes`, null removes a name. */
static struct variable *read_env(struct reader *r, const struct node *node, enum runtime_names names,
                                 bool removes, size_t *ret_count)
{
    if (node->kind != NODE_MAP)
        return reader_wrong(r, node, "a map of names to strings"), NULL;
    struct variable *env = pool_room(r->pool, node->count, sizeof *env);
    for (size_t i = 0; i < node->count; i++) {
        const struct node *key = node->keys[i], *item = node->items[i];
        if (key->len == 0 || strchr(key->text, '=') != NULL)
            return reader_error(r, key, "got %s, expected the name of an environment variable",
                                reader_quoted(r, key->text)),
                   NULL;
        env[i].name = pool_copy(r->pool, key->text, key->len);
        if (removes && item->kind == NODE_SCALAR && item->null)
            continue;
        env[i].value = (char *)reader_text(r, item, names, removes ? "a string or null" : "a string");
        if (env[i].value == NULL)
            return NULL;
    }
    *ret_count = node->count;
    return env;
}

bool read_process_env(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    process->env = read_env(r, node, RUNTIME_ANY, true, &process->env_count);
    return process->env != NULL;
}

bool read_common_env(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    experiment->env = read_env(r, node, RUNTIME_FIXED, false, &experiment->env_count);
    return experiment->env != NULL;
}

/* No part of it is empty, "." or "..": it stays in the folder, and has one spelling. */
static bool is_inside(const char *name)
{
    for (const char *part = name;; part++) {
        size_t len = strcspn(part, "/");
        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && memcmp(part, "..", 2) == 0))
            return false;
        part += len;
        if (*part == '\0')
            return true;
    }
}

bool read_files(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    if (node->kind != NODE_MAP)
        return reader_wrong(r, node, "a map of names to strings or {copy: PATH}");
    experiment->files = pool_room(r->pool, node->count, sizeof *experiment->files);
    for (size_t i = 0; i < node->count; i++) {
        const struct node *key = node->keys[i], *item = node->items[i];
        struct scenario_file *file = &experiment->files[experiment->file_count++];
        if (!is_inside(key->text))
            return reader_error(
                r, key, "got %s, expected the name of a file within ${dir}: relative, without '.' and '..'",
                reader_quoted(r, key->text));
        file->name = pool_copy(r->pool, key->text, key->len);
        file->place = reader_place(r, key);
        if (item->kind == NODE_MAP) {
            if (!keys_read(r, KEYS_FILE, item, file))
                return false;
            continue;
        }
        file->content = (char *)reader_text(r, item, RUNTIME_FIXED, "a string or {copy: PATH}");
        if (file->content == NULL)
            return false;
    }
    return true;
}
