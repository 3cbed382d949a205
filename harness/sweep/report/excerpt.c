#include "harness/sweep/report/excerpt.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void write_line(FILE *to, char *text, size_t len, int number, bool marked)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    len = len > SWEEP_COLUMNS ? text_cut(text, len, SWEEP_COLUMNS) : len;
    fprintf(to, len > 0 ? "    %c %5d  " : "    %c %5d", marked ? '>' : ' ', number);
    for (char *tab = text; (tab = memchr(tab, '\t', len - (size_t)(tab - text))) != NULL;)
        *tab = ' ';
    text_escape(to, text, len, false);
    fputc('\n', to);
}

/* What debug information names need not be what it was; a FIFO of that name would be waited for. */
static FILE *open_source(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) ? fopen(path, "re") : NULL;
}

bool sweep_excerpt_write(FILE *to, const char *path, int line)
{
    FILE *from = open_source(path);
    char *text = NULL, *excerpt = NULL;
    size_t room = 0, size = 0;
    ssize_t len;
    FILE *memory = from == NULL ? NULL : open_memstream(&excerpt, &size);
    int number = 1;
    for (; memory != NULL && number <= line + SWEEP_SURROUNDINGS; number++) {
        if ((len = getline(&text, &room, from)) < 0)
            break;
        if (number >= line - SWEEP_SURROUNDINGS)
            write_line(memory, text, (size_t)len, number, number == line);
    }
    if (memory != NULL)
        fclose(memory);
    bool there = number > line && excerpt != NULL;
    if (there)
        fputs(excerpt, to);
    if (from != NULL)
        fclose(from);
    free(text);
    free(excerpt);
    return there;
}
