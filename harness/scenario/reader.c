#include "harness/scenario/reader.h"
#include "harness/scenario/choice.h"
#include "harness/scenario/expand.h"
#include "harness/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTED_MAX = 60, TEXT_OVERHEAD = 64 };

/* Which of its experiments a file is wrong in, where that makes a difference. */
static void say_matrix(const struct reader *r, const struct node *node)
{
    char with[300] = "";
    size_t used = 0;
    if (node->kind != NODE_SCALAR || strstr(node->text, "${") == NULL || r->experiment == NULL)
        return;
    for (size_t i = 0; i < r->experiment->matrix_count && used < sizeof with; i++) {
        const struct variable *v = &r->experiment->matrix[i];
        used += (size_t)snprintf(with + used, sizeof with - used, "%s%s=%s", i > 0 ? ", " : "", v->name,
                                 v->value);
    }
    if (used > 0)
        diag_more(r->diag, "      with %s", with);
}

bool reader_error(const struct reader *r, const struct node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    source_verror(&r->document->source, r->diag, node->offset, format, arguments);
    va_end(arguments);
    say_matrix(r, node);
    return false;
}

bool reader_error_in(const struct reader *r, const struct node *scalar, size_t at, const char *format, ...)
{
    size_t from = at;
    if (r->experiment != NULL)
        from = expand_origin(scalar->text, r->experiment->matrix, r->experiment->matrix_count, at);
    va_list arguments;
    va_start(arguments, format);
    source_verror(&r->document->source, r->diag, node_source_offset(r->document, scalar, from), format,
                  arguments);
    va_end(arguments);
    say_matrix(r, scalar);
    return false;
}

bool reader_wrong(const struct reader *r, const struct node *node, const char *what)
{
    return reader_error(r, node, "got %s, expected %s", reader_shown(r, node), what);
}

bool reader_take(const struct reader *r, const struct node *node, size_t bytes)
{
    if (bytes > READER_BYTES_MAX - *r->taken)
        return reader_error(r, node,
                            "got more than %zu MiB of text in all combinations together, expected less",
                            READER_BYTES_MAX >> 20);
    *r->taken += bytes;
    return true;
}

const char *reader_quoted(const struct reader *r, const char *text)
{
    size_t len = strlen(text), end = len < QUOTED_MAX ? len : QUOTED_MAX;
    while (end < len && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    char *escaped = pool_adopt(r->pool, text_escaped(text, end, false));
    return pool_format(r->pool, "'%s%s'", escaped, end < len ? "..." : "");
}

const char *reader_shown(const struct reader *r, const struct node *node)
{
    if (node->kind == NODE_LIST)
        return node->count > 0 ? "a list" : "an empty list";
    if (node->kind == NODE_MAP)
        return node->count > 0 ? "a map" : "an empty map";
    return node->null ? "nothing" : reader_quoted(r, node->text);
}

struct place reader_place(const struct reader *r, const struct node *node)
{
    return (struct place){r->file, node->line, node->column};
}

int reader_process(const struct reader *r, const struct node *node)
{
    const struct experiment *experiment = r->experiment;
    struct choice choice;
    const char *name = reader_text(r, node, RUNTIME_NONE, "the name of a process");
    if (name == NULL)
        return -1;
    choice_begin(&choice, name);
    for (size_t i = 0; i < experiment->process_count; i++) {
        if (strcmp(experiment->processes[i].name, name) == 0)
            return (int)i;
        choice_add(&choice, experiment->processes[i].name);
    }
    reader_error(r, node, "got %s, expected a process: %s", reader_quoted(r, name), choice_text(&choice));
    return -1;
}

struct node *const *reader_items(const struct reader *r, struct node *const *node, size_t *ret_count,
                                 const char *what)
{
    if ((*node)->kind == NODE_MAP || (*node)->null)
        return reader_wrong(r, *node, what), NULL;
    if ((*node)->kind == NODE_SCALAR) {
        *ret_count = 1;
        return node;
    }
    *ret_count = (*node)->count;
    return (*node)->items;
}

static bool unknown_variable(const struct reader *r, const struct node *node, size_t at, const char *name,
                             size_t len)
{
    static const char *const others[] = {"port", "port2", "dir", "root"};
    char *copy = pool_copy(r->pool, name, len);
    struct choice choice;
    choice_begin(&choice, copy);
    for (size_t i = 0; i < r->experiment->matrix_count; i++)
        choice_add(&choice, r->experiment->matrix[i].name);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        choice_add(&choice, others[i]);
    choice_add(&choice, "pid:PROCESS");
    return reader_error_in(r, node, at, "got the variable %s, expected %s", reader_quoted(r, copy),
                           choice_text(&choice));
}

static bool known_process(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->experiment->process_count; i++)
        if (strcmp(r->experiment->processes[i].name, name) == 0)
            return true;
    return false;
}

static bool check_pid(const struct reader *r, const struct node *node, size_t at, const char *process,
                      enum runtime_names names)
{
    const char *quoted = reader_quoted(r, process);
    if (!known_process(r, process))
        return reader_error_in(
            r, node, at, "got the process id of %s, expected that of a process of this scenario", quoted);
    if (names != RUNTIME_ANY)
        return reader_error_in(r, node, at,
                               "got the process id of %s, which is not known before it has started; "
                               "expected something known before",
                               quoted);
    if (r->process >= 0 && strcmp(r->experiment->processes[r->process].name, process) == 0)
        return reader_error_in(
            r, node, at, "got the process id of %s itself, expected that of one started before", quoted);
    return true;
}

/* One variable that the matrix does not have, at byte `at` of the expanded text. */
static bool check_variable(const struct reader *r, const struct node *node, size_t at, const char *name,
                           size_t len, enum runtime_names names, const char *what)
{
    int port = expand_port(name, len);
    if (!expand_is_runtime(name, len))
        return unknown_variable(r, node, at, name, len);
    if (names == RUNTIME_NONE)
        return reader_error_in(r, node, at,
                               "got ${%.*s}, which has no value before the experiment runs; expected %s",
                               (int)len, name, what);
    if (port > r->experiment->ports)
        r->experiment->ports = port;
    if (len > 4 && memcmp(name, "pid:", 4) == 0)
        return check_pid(r, node, at, pool_copy(r->pool, name + 4, len - 4), names);
    return true;
}

const char *reader_text(const struct reader *r, const struct node *node, enum runtime_names names,
                        const char *what)
{
    if (node->kind != NODE_SCALAR || node->null)
        return reader_wrong(r, node, what), NULL;
    const struct experiment *experiment = r->experiment;
    size_t size = expand_size(node->text, experiment->matrix, experiment->matrix_count);
    if (!reader_take(r, node, size + TEXT_OVERHEAD))
        return NULL;
    if (strstr(node->text, "${") == NULL)
        return pool_copy(r->pool, node->text, node->len);
    char *text = expand_matrix(r->pool, node->text, experiment->matrix, experiment->matrix_count);
    for (const char *t = text; *t != '\0';) {
        const char *name;
        size_t len = 0, at = (size_t)(t - text);
        int taken = expand_next(t, &name, &len);
        if (taken < 0)
            return reader_error_in(r, node, at,
                                   "got '${' without '}', expected ${NAME} (a plain '${' is written $${)"),
                   NULL;
        if (name != NULL && !check_variable(r, node, at, name, len, names, what))
            return NULL;
        t += taken > 0 ? taken : 1;
    }
    if (names == RUNTIME_NONE)
        expand_literal(text);
    return text;
}
