/*
 * AddressSanitizer's reports, with symbolize=0, so that no other program is started for them:
 *
 *   ==123==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x... at pc ...
 *   WRITE of size 1 at 0x... thread T0
 *       #0 0x5557be719220  (/tmp/client+0x1220)
 */
#include "harness/memory/reports.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = "ERROR: AddressSanitizer: ";

/* How much a frame tells; that of the program is what is looked for. */
enum frame_worth { FRAME_NONE, FRAME_FOREIGN, FRAME_BARE, FRAME_OWN };

/* A report being read. */
struct reading {
    struct sites *sites;
    char what[256], access[64]; /* "heap-buffer-overflow", "WRITE of size 1" */
    char *place;                /* malloc'd; NULL: none yet */
    enum frame_worth worth;     /* of the frame it is of */
    bool in_report, in_stack, stack_over;
    char **lines;
};

static void end_report(struct reading *r)
{
    char *line = NULL;
    if (r->in_report)
        line = text_format("AddressSanitizer: %s%s%s%s%s", r->what, r->access[0] == '\0' ? "" : ", ",
                           r->access, r->place == NULL ? "" : " at ", r->place == NULL ? "" : r->place);
    if (line != NULL)
        reports_add(r->lines, line);
    free(line);
    free(r->place);
    *r = (struct reading){.sites = r->sites, .lines = r->lines};
}

/* The runtime may be inside of the program, its functions before the program's. */
static enum frame_worth worth_of(struct sites *sites, const char *module, uint64_t offset)
{
    int line = 0;
    if (reports_is_foreign(module))
        return FRAME_FOREIGN;
    char *source = sites_source(sites, module, offset, &line);
    bool own = source != NULL && strstr(source, "sanitizer") == NULL;
    free(source);
    return own ? FRAME_OWN : FRAME_BARE;
}

/* The addresses are those of calls and accesses; sites are told of return addresses, which are behind them.
 */
static void take_frame(struct reading *r, char *text)
{
    char *open = strchr(text, '('), *plus = open == NULL ? NULL : strrchr(open, '+');
    if (plus == NULL || r->worth == FRAME_OWN)
        return;
    *plus = '\0';
    uint64_t offset = strtoull(plus + 1, NULL, 16) + 1;
    enum frame_worth worth = worth_of(r->sites, open + 1, offset);
    if (worth <= r->worth)
        return;
    r->worth = worth;
    free(r->place);
    r->place = sites_text(r->sites, open + 1, offset);
}

/* "heap-buffer-overflow", "attempting double-free": what is before " on ADDRESS" or ':'. */
static size_t what_length(const char *text)
{
    const char *on = strstr(text, " on ");
    size_t len = strcspn(text, ":\n");
    return on != NULL && (size_t)(on - text) < len ? (size_t)(on - text) : len;
}

static void take_line(struct reading *r, char *line)
{
    char *begin = strstr(line, mark), *frame = line + strspn(line, " ");
    if (begin != NULL) {
        end_report(r);
        r->in_report = true;
        begin += strlen(mark);
        snprintf(r->what, sizeof r->what, "%.*s", (int)what_length(begin), begin);
    } else if (r->in_report && !r->in_stack && r->access[0] == '\0' &&
               (strncmp(line, "READ of", 7) == 0 || strncmp(line, "WRITE of", 8) == 0)) {
        const char *at = strstr(line, " at ");
        snprintf(r->access, sizeof r->access, "%.*s", at == NULL ? 8 : (int)(at - line), line);
    } else if (r->in_report && *frame == '#' && !r->stack_over) {
        r->in_stack = true;
        take_frame(r, frame);
    } else if (r->in_stack) {
        r->stack_over = true;
    }
}

void reports_read_asan(const char *path, struct sites *sites, char **lines)
{
    struct reading r = {.sites = sites, .lines = lines};
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    while (file != NULL && getline(&line, &size, file) >= 0)
        take_line(&r, line);
    end_report(&r);
    free(line);
    if (file != NULL)
        fclose(file);
}
