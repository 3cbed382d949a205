#include "harness/scenario/expand.h"

#include <string.h>

enum { VARIABLE_MAX = 1000 }; /* bytes of "${NAME}": the end of a longer one is not looked for */

int expand_next(const char *text, const char **ret_name, size_t *ret_len)
{
    *ret_name = NULL;
    if (strncmp(text, "$${", 3) == 0)
        return 3;
    if (strncmp(text, "${", 2) != 0)
        return 0;
    const char *close = memchr(text, '}', strnlen(text, VARIABLE_MAX));
    if (close == NULL)
        return -1;
    *ret_name = text + 2;
    *ret_len = (size_t)(close - text) - 2;
    return (int)(close - text) + 1;
}

int expand_port(const char *name, size_t len)
{
    if (len < 4 || len > 5 || memcmp(name, "port", 4) != 0)
        return 0;
    if (len == 4)
        return 1;
    return name[4] >= '2' && name[4] <= '0' + EXPAND_PORTS ? name[4] - '0' : 0;
}

static bool same(const char *name, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(name, word, len) == 0;
}

bool expand_is_runtime(const char *name, size_t len)
{
    return expand_port(name, len) > 0 || same(name, len, "dir") || same(name, len, "root") ||
           (len > 4 && memcmp(name, "pid:", 4) == 0);
}

static const char *find(const struct variable *matrix, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (same(name, len, matrix[i].name))
            return matrix[i].value;
    return NULL;
}

/* One step through a text: how much of it is taken, and what stands for that in the result. */
struct step {
    size_t taken, length;
    const char *from;
};

static struct step next_step(const char *text, const struct variable *matrix, size_t count)
{
    const char *name;
    size_t len = 0;
    int taken = expand_next(text, &name, &len);
    const char *value = find(matrix, count, name, len);
    if (value != NULL)
        return (struct step){(size_t)taken, strlen(value), value};
    if (taken == 3 && name == NULL)
        return (struct step){3, 3, text};
    return (struct step){1, 1, text};
}

size_t expand_size(const char *text, const struct variable *matrix, size_t count)
{
    size_t size = 0;
    for (const char *t = text; *t != '\0';) {
        struct step step = next_step(t, matrix, count);
        size += step.length;
        t += step.taken;
    }
    return size;
}

char *expand_matrix(struct pool **pool, const char *text, const struct variable *matrix, size_t count)
{
    size_t size = expand_size(text, matrix, count);
    char *result = pool_room(pool, size + 1, 1), *to = result;
    for (const char *t = text; *t != '\0';) {
        struct step step = next_step(t, matrix, count);
        to = mempcpy(to, step.from, step.length);
        t += step.taken;
    }
    return result;
}

size_t expand_origin(const char *text, const struct variable *matrix, size_t count, size_t at)
{
    size_t from = 0, to = 0;
    while (text[from] != '\0') {
        struct step step = next_step(text + from, matrix, count);
        if (to + step.length > at)
            break;
        to += step.length;
        from += step.taken;
    }
    return from;
}

void expand_literal(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        if (strncmp(from, "$${", 3) == 0)
            from++;
        else {
            *to++ = *from++;
            continue;
        }
        *to++ = *from++;
        *to++ = *from++;
    }
    *to = '\0';
}

/* The value of a run-time variable that is no process id; NULL when `runtime` does not have it. */
static const char *fixed_value(struct pool **pool, const char *name, size_t len,
                               const struct runtime *runtime)
{
    int port = expand_port(name, len);
    if (port > 0)
        return pool_format(pool, "%u", runtime->ports[port]);
    return same(name, len, "dir") ? runtime->dir : runtime->root;
}

/* The value of any run-time variable, in memory of the pool or the caller's. NULL with *diag: there is none
 * yet. */
static const char *runtime_value(struct pool **pool, const char *name, size_t len,
                                 const struct runtime *runtime, struct diag *diag)
{
    const char *value = NULL;
    if (len > 4 && memcmp(name, "pid:", 4) == 0) {
        const char *process = pool_copy(pool, name + 4, len - 4);
        pid_t pid = runtime->pid_of != NULL ? runtime->pid_of(runtime->context, process) : 0;
        value = pid > 0 ? pool_format(pool, "%d", (int)pid) : NULL;
    } else {
        value = fixed_value(pool, name, len, runtime);
    }
    if (value == NULL)
        diag_set(diag, STATUS_USAGE, "got ${%.*s} before it has a value, expected it later (see after:)",
                 (int)len, name);
    return value;
}

char *scenario_expand(const char *text, const struct runtime *runtime, struct diag *diag)
{
    struct pool *pool = NULL;
    size_t count = 0;
    char *result = NULL;
    struct variable *values = pool_room(&pool, strlen(text) / 3, sizeof *values);
    for (const char *t = text; *t != '\0';) {
        const char *name;
        size_t len = 0;
        int taken = expand_next(t, &name, &len);
        if (name != NULL && expand_is_runtime(name, len) && find(values, count, name, len) == NULL) {
            const char *value = runtime_value(&pool, name, len, runtime, diag);
            if (value == NULL)
                goto out;
            values[count++] =
                (struct variable){pool_copy(&pool, name, len), pool_copy(&pool, value, strlen(value))};
        }
        t += taken > 0 ? taken : 1;
    }
    result = strdup(expand_matrix(&pool, text, values, count));
    if (result != NULL)
        expand_literal(result);
    else
        diag_set(diag, STATUS_TROUBLE, "no memory");
out:
    pool_free(&pool);
    return result;
}
