/* What gcov --json-format says (gcov(1), JSON; format_version 1). */
#include "harness/coverage/coverage.h"
#include "harness/phrase.h"
#include "harness/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for coverage");
    return false;
}

/* A line stands there once for each function with code in it (inlined, or a template's): the ways of the
 * same number are taken for the same. */
static bool read_line(json_t *json, unsigned char by, struct coverage_file *file)
{
    json_t *branches = json_object_get(json, "branches"), *branch;
    int number = (int)json_integer_value(json_object_get(json, "line_number"));
    struct coverage_line *line = coverage_line_at(file, number, json_array_size(branches));
    size_t i;
    if (line == NULL)
        return false;
    if (json_integer_value(json_object_get(json, "count")) > 0)
        line->by |= by;
    json_array_foreach(branches, i, branch)
    {
        if (json_integer_value(json_object_get(branch, "count")) > 0)
            line->branches[i] |= by;
    }
    return true;
}

static bool is_system_header(const char *path)
{
    return strncmp(path, "/usr/include/", strlen("/usr/include/")) == 0 ||
           strncmp(path, "/usr/lib/", strlen("/usr/lib/")) == 0;
}

/* Names are relative to where the compiler ran. malloc'd. */
static char *absolute(const json_t *document, const char *name)
{
    const char *folder = json_string_value(json_object_get(document, "current_working_directory"));
    return name[0] == '/' || folder == NULL ? strdup(name) : text_format("%s/%s", folder, name);
}

static bool read_file(const json_t *document, json_t *json, unsigned char by, struct coverage *coverage)
{
    const char *name = json_string_value(json_object_get(json, "file"));
    char *path = name == NULL ? NULL : absolute(document, name);
    if (path == NULL || is_system_header(path)) {
        free(path);
        return name == NULL || path != NULL;
    }
    struct coverage_file *file = coverage_file_at(coverage, path);
    free(path);
    json_t *line;
    size_t i;
    bool read = file != NULL;
    json_array_foreach(json_object_get(json, "lines"), i, line)
    {
        read = read && read_line(line, by, file);
    }
    return read;
}

static bool read_document(const json_t *document, unsigned char by, struct coverage *coverage)
{
    json_t *files = json_object_get(document, "files"), *file;
    const char *data = json_string_value(json_object_get(document, "data_file"));
    size_t i;
    bool read = true;
    if (json_array_size(files) == 0)
        phrase_append(&coverage->warnings, "\n",
                      "coverage: %s does not go with the notes (.gcno) that are there now",
                      data == NULL ? "a file" : data);
    json_array_foreach(files, i, file)
    {
        read = read && read_file(document, file, by, coverage);
    }
    return read;
}

bool coverage_parse(const char *text, size_t len, unsigned char by, struct coverage *coverage,
                    struct diag *diag)
{
    bool read = true;
    while (read && len > 0) {
        json_error_t error;
        if (strchr(" \n", *text) != NULL) {
            text++;
            len--;
            continue;
        }
        json_t *document = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, &error);
        const char *version = json_string_value(json_object_get(document, "format_version"));
        if (document == NULL || version == NULL) {
            diag_set(diag, STATUS_TROUBLE, "gcov says what is not understood: %s",
                     document == NULL ? error.text : "got no format_version, expected gcov's JSON");
            json_decref(document);
            return false;
        }
        read = read_document(document, by, coverage) || no_memory(diag);
        json_decref(document);
        text += error.position;
        len -= (size_t)error.position;
    }
    return read;
}
