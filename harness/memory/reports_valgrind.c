/* valgrind's XML (docs/internals/xml-output-protocol4.txt), as far as it was written. */
#include "harness/memory/reports.h"
#include "harness/text.h"

#include <libxml/xmlreader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_MAX = 512 };

/* What is read of a frame, and of an error. */
struct frame {
    char function[PART_MAX], file[PART_MAX], line[16], object[PATH_MAX];
};
struct reading {
    char element[32]; /* innermost one */
    char what[PART_MAX];
    unsigned int stacks; /* that have begun in this error */
    bool in_error, has_place;
    struct frame frame, place;
    char **lines;
};

static void take_text(struct reading *r, const char *text)
{
    const struct {
        const char *element;
        char *to;
        size_t size;
    } parts[] = {
        {"what", r->what, sizeof r->what},
        {"text", r->what, sizeof r->what}, /* of <xwhat> */
        {"fn", r->frame.function, sizeof r->frame.function},
        {"file", r->frame.file, sizeof r->frame.file},
        {"line", r->frame.line, sizeof r->frame.line},
        {"obj", r->frame.object, sizeof r->frame.object},
    };
    for (size_t i = 0; r->in_error && i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].element, r->element) == 0)
            snprintf(parts[i].to, parts[i].size, "%s", text);
}

static void begin_element(struct reading *r, const char *name)
{
    snprintf(r->element, sizeof r->element, "%s", name);
    if (strcmp(name, "error") == 0) {
        r->in_error = true;
        r->has_place = false;
        r->stacks = 0;
        r->what[0] = '\0';
        r->place = (struct frame){0};
    }
    r->stacks += strcmp(name, "stack") == 0;
    if (strcmp(name, "frame") == 0)
        r->frame = (struct frame){0};
}

static void end_frame(struct reading *r)
{
    bool own = !reports_is_foreign(r->frame.object);
    if (r->stacks != 1 || (r->has_place && !(own && reports_is_foreign(r->place.object))))
        return;
    r->place = r->frame;
    r->has_place = true;
}

static void end_error(struct reading *r)
{
    const char *slash = strrchr(r->place.object, '/'), *object = slash == NULL ? r->place.object : slash + 1;
    const char *function = r->place.function[0] == '\0' ? "?" : r->place.function;
    char *line = r->place.file[0] != '\0'
                     ? text_format("%s at %s (%s:%s)", r->what, function, r->place.file, r->place.line)
                     : text_format("%s at %s (%s)", r->what, function, object);
    if (line != NULL)
        reports_add(r->lines, line);
    free(line);
    r->in_error = false;
}

static void step(struct reading *r, xmlTextReaderPtr reader)
{
    const char *name = (const char *)xmlTextReaderConstName(reader);
    const char *value = (const char *)xmlTextReaderConstValue(reader);
    int type = xmlTextReaderNodeType(reader);
    if (type == XML_READER_TYPE_ELEMENT) {
        begin_element(r, name);
    } else if (type == XML_READER_TYPE_TEXT && value != NULL) {
        take_text(r, value);
    } else if (type == XML_READER_TYPE_END_ELEMENT) {
        r->element[0] = '\0';
        if (strcmp(name, "frame") == 0)
            end_frame(r);
        else if (strcmp(name, "error") == 0)
            end_error(r);
    }
}

void reports_read_valgrind(const char *path, char **lines)
{
    struct reading r = {.lines = lines};
    xmlTextReaderPtr reader =
        xmlReaderForFile(path, NULL, XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
    while (reader != NULL && xmlTextReaderRead(reader) == 1)
        step(&r, reader);
    xmlFreeTextReader(reader);
}
