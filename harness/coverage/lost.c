/* What was counted and could not be written. */
#include "harness/coverage/counts.h"
#include "harness/phrase.h"
#include "harness/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void counts_lost(const char *folder, const char *line)
{
    char *path = text_format("%s/lost", folder), *text = text_format("%s\n", line);
    int fd = path == NULL || text == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    ssize_t wrote = fd >= 0 ? write(fd, text, strlen(text)) : -1;
    (void)wrote; /* it is what is told of a loss that would be lost */
    if (fd >= 0)
        close(fd);
    free(path);
    free(text);
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Lines without their ends. Reads as many as there is memory for. */
static char **read_lines(FILE *from, size_t *ret_count)
{
    char **lines = NULL, *line = NULL;
    size_t room = 0, count = 0;
    for (ssize_t len; from != NULL && (len = getline(&line, &room, from)) > 0;) {
        char **grown = realloc(lines, (count + 1) * sizeof *grown);
        if (grown == NULL)
            break;
        lines = grown;
        line[strcspn(line, "\n")] = '\0';
        lines[count++] = line;
        line = NULL;
        room = 0;
    }
    free(line);
    *ret_count = count;
    return lines;
}

char *counts_lost_text(const char *folder)
{
    char *path = text_format("%s/lost", folder), *text = NULL;
    FILE *from = path == NULL ? NULL : fopen(path, "re");
    size_t count, same = 0;
    char **lines = read_lines(from, &count);
    if (count > 0)
        qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++) {
        same++;
        if (i + 1 < count && strcmp(lines[i], lines[i + 1]) == 0)
            continue;
        phrase_append(&text, "\n", same > 1 ? "%s, %zu times" : "%s", lines[i], same);
        same = 0;
    }
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
    if (from != NULL)
        fclose(from);
    free(path);
    return text;
}
