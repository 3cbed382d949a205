#include "harness/cli/outputs.h"
#include "harness/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_same_place(const struct output *output, const char *path)
{
    if (output->path == NULL || path == NULL)
        return output->path == path;
    return strcmp(output->path, path) == 0;
}

/* Whether a report goes there; NULL: to standard output. */
static bool is_taken(const struct outputs *outputs, const char *path)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (is_same_place(&outputs->items[i], path))
            return true;
    return false;
}

static char *unknown_format(const struct outputs *outputs, const char *got)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return strdup("got something unknown, expected a format");
    fprintf(to, "got '%s', expected ", got);
    const char *name;
    for (size_t i = 0; (name = outputs->format_name(i)) != NULL; i++)
        fprintf(to, "%s%s", i == 0 ? "" : outputs->format_name(i + 1) == NULL ? " or " : ", ", name);
    fputs(", with =FILE or without", to);
    fclose(to);
    return text;
}

static bool find_format(const struct outputs *outputs, const char *name, size_t *ret)
{
    const char *known;
    for (*ret = 0; (known = outputs->format_name(*ret)) != NULL; ++*ret)
        if (strcmp(known, name) == 0)
            return true;
    return false;
}

static char *taken(const char *path)
{
    if (path == NULL)
        return strdup("got a second report on standard output, expected FORMAT=FILE for all but one");
    return text_format("got a second report in '%s', expected a file for each", path);
}

/* NULL, or, malloc'd, "got X, expected Y". */
static char *add_one(struct outputs *outputs, char *text)
{
    size_t format;
    char *path = strchr(text, '=');
    if (path != NULL)
        *path++ = '\0';
    if (path != NULL && strcmp(path, "-") == 0)
        path = NULL;
    if (!find_format(outputs, text, &format))
        return unknown_format(outputs, text);
    if (path != NULL && *path == '\0')
        return strdup("got no file after '=', expected FORMAT=FILE");
    if (is_taken(outputs, path))
        return taken(path);
    if (outputs->count == OUTPUTS_MAX - 1) /* there must be room for what goes to standard output */
        return strdup("got a ninth report, expected at most eight");
    outputs->items[outputs->count++] = (struct output){.format = format, .path = path};
    return NULL;
}

error_t outputs_option(const struct argp_state *state, char *text, struct outputs *outputs)
{
    char *wrong = NULL, *piece;
    while (wrong == NULL && (piece = strsep(&text, ",")) != NULL)
        wrong = add_one(outputs, piece);
    if (wrong == NULL)
        return 0;
    argp_error(state, "--report: %s", wrong);
    free(wrong);
    return EINVAL;
}

bool outputs_open(struct outputs *outputs, struct diag *diag)
{
    if (!is_taken(outputs, NULL))
        outputs->items[outputs->count++] = (struct output){.format = 0};
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->items[i];
        output->file = output->path == NULL ? stdout : fopen(output->path, "we");
        if (output->file == NULL) {
            diag_set(diag, STATUS_TROUBLE, "--report %s=%s: %m", outputs->format_name(output->format),
                     output->path);
            return false;
        }
    }
    return true;
}

bool output_is_terminal(const struct output *output)
{
    return output->path == NULL && isatty(STDOUT_FILENO) == 1;
}

bool outputs_show(const struct outputs *outputs, size_t format)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->items[i].path == NULL && outputs->items[i].format == format)
            return true;
    return false;
}

static bool close_one(const struct outputs *outputs, struct output *output, struct diag *diag)
{
    bool written = ferror(output->file) == 0 && fflush(output->file) == 0;
    if (output->file != stdout)
        written = fclose(output->file) == 0 && written;
    if (!written)
        diag_set(diag, STATUS_TROUBLE, "--report %s: %s: not all of it was written: %m",
                 outputs->format_name(output->format),
                 output->path == NULL ? "standard output" : output->path);
    output->file = NULL;
    return written;
}

bool outputs_close(struct outputs *outputs, struct diag *diag)
{
    bool written = true;
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->items[i].file != NULL)
            written = close_one(outputs, &outputs->items[i], diag) && written;
    return written;
}
