#include "harness/scenario/source.h"
#include "harness/text.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_BEFORE = 60, SHOWN_MAX = 100, MESSAGE_MAX = 1400 };

static size_t line_start(const struct source *source, size_t offset)
{
    while (offset > 0 && source->text[offset - 1] != '\n')
        offset--;
    return offset;
}

static size_t line_end(const struct source *source, size_t offset)
{
    while (offset < source->len && source->text[offset] != '\n' && source->text[offset] != '\r')
        offset++;
    return offset;
}

void source_locate(const struct source *source, size_t offset, int *ret_line, int *ret_column)
{
    int line = 1;
    if (offset > source->len)
        offset = source->len;
    for (size_t i = 0; i < offset; i++)
        line += source->text[i] == '\n';
    *ret_line = line;
    *ret_column = (int)(offset - line_start(source, offset)) + 1;
}

static bool inside_character(const struct source *source, size_t offset)
{
    return offset < source->len && ((unsigned char)source->text[offset] & 0xc0) == 0x80;
}

/* A part of the source made fit for one line of a terminal, every character one column wide. */
static void show(char *to, const char *from, size_t len)
{
    for (size_t at = 0, step; at < len; at += step) {
        int32_t rune = text_rune(from + at, len - at, &step);
        if (rune >= 0 && text_printable(rune))
            to = mempcpy(to, from + at, step);
        else
            *to++ = rune == '\t' ? ' ' : '?';
    }
    *to = '\0';
}

static void show_line(const struct source *source, struct diag *diag, int line, size_t offset)
{
    char shown[SHOWN_MAX + 1], caret[SHOWN_MAX + 1];
    size_t start = line_start(source, offset), end = line_end(source, offset), width = 0;
    const char *before = "", *after = "";
    if (offset - start > SHOWN_BEFORE) {
        start = offset - SHOWN_BEFORE;
        before = "...";
    }
    while (inside_character(source, start))
        start++;
    if (end - start > SHOWN_MAX) {
        end = start + SHOWN_MAX;
        after = "...";
    }
    while (inside_character(source, end))
        end--;
    show(shown, source->text + start, end - start);
    for (size_t i = start; i < offset; i++)
        width += !inside_character(source, i);
    memset(caret, ' ', width);
    caret[width] = '\0';
    diag_more(diag, "%5d |%s%s%s%s", line, end > start ? " " : "", before, shown, after);
    diag_more(diag, "      | %*s%s^", (int)strlen(before), "", caret);
}

bool source_verror(const struct source *source, struct diag *diag, size_t offset, const char *format,
                   va_list arguments)
{
    char message[MESSAGE_MAX];
    int line, column;
    if (!diag_ok(diag))
        return false;
    vsnprintf(message, sizeof message, format, arguments);
    source_locate(source, offset, &line, &column);
    diag_at(diag, source->name, line, column, "%s", message);
    if (source->len > 0)
        show_line(source, diag, line, offset < source->len ? offset : source->len);
    return false;
}

bool source_error(const struct source *source, struct diag *diag, size_t offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    source_verror(source, diag, offset, format, arguments);
    va_end(arguments);
    return false;
}

bool source_check(const struct source *source, struct diag *diag)
{
    if (source->len > SOURCE_MAX)
        return source_error(source, diag, SOURCE_MAX, "got more than 1 MiB, expected a scenario");
    for (size_t at = 0, step; at < source->len; at += step) {
        int32_t rune = text_rune(source->text + at, source->len - at, &step);
        if (rune < 0)
            return source_error(source, diag, at, "got the byte 0x%02x, expected UTF-8",
                                (unsigned char)source->text[at]);
        if ((rune < ' ' && rune != '\t' && rune != '\n' && rune != '\r') || rune == 0x7f)
            return source_error(source, diag, at, "got the control character 0x%02x, expected text",
                                (unsigned int)rune);
    }
    return true;
}
