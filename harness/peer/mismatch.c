#include "harness/peer/mismatch.h"

#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    WHOLE = 96,  /* shown whole */
    BEFORE = 40, /* of a longer one: bytes before and from the one it is about */
    AFTER = 40,
    ROW = 8, /* bytes in a line of the table */
    ROWS_BEFORE = 1,
    ROWS_AFTER = 2,
};

char *mismatch_quoted(const struct bytes *bytes, size_t around)
{
    char *text = NULL;
    size_t size, start = 0, end = bytes->len;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    if (bytes->len > WHOLE) {
        around = around < bytes->len ? around : bytes->len;
        start = around > BEFORE ? text_cut(bytes->at, bytes->len, around - BEFORE) : 0;
        end = around + AFTER < bytes->len ? text_cut(bytes->at, bytes->len, around + AFTER) : bytes->len;
    }
    if (bytes->len == 0)
        fputs("nothing", to);
    else {
        fputs(start > 0 ? "..." : "", to);
        text_escape(to, bytes->at + start, end - start, true);
        fputs(end < bytes->len ? "..." : "", to);
    }
    if (bytes->len > WHOLE)
        fprintf(to, " (%zu bytes)", bytes->len);
    return fclose(to) == 0 ? text : NULL;
}

static void write_hex(FILE *to, const struct bytes *bytes, size_t start)
{
    for (size_t i = start; i < start + ROW; i++)
        if (i < bytes->len)
            fprintf(to, "%02x ", (unsigned char)bytes->at[i]);
        else
            fputs("   ", to);
}

/* As wide as eight of them, unless it ends the line. */
static void write_plain(FILE *to, const struct bytes *bytes, size_t start, bool padded)
{
    size_t end = start + ROW < bytes->len ? start + ROW : bytes->len;
    for (size_t i = start; i < end; i++) {
        unsigned char byte = (unsigned char)bytes->at[i];
        fputc(byte >= 0x20 && byte < 0x7f ? byte : '.', to);
    }
    for (size_t i = end > start ? end : start; padded && i < start + ROW; i++)
        fputc(' ', to);
}

/* A line of what is there; a side that has ended before it stays empty. */
static void write_row(FILE *to, const struct bytes *expected, const struct bytes *received, size_t start)
{
    fprintf(to, "\n%6zu  ", start + 1);
    write_hex(to, expected, start);
    fputc(' ', to);
    write_plain(to, expected, start, start < received->len);
    if (start >= received->len)
        return;
    fputs("  | ", to);
    write_hex(to, received, start);
    fputc(' ', to);
    write_plain(to, received, start, false);
}

static void write_mark(FILE *to, size_t column)
{
    int left = 8 + 3 * (int)column;
    fprintf(to, "\n%*s^^%*s^^", left, "", 3 * ROW + 1 + ROW + 4 - 2, "");
}

char *mismatch_table(const struct bytes *expected, const struct bytes *received)
{
    char *text = NULL;
    size_t size, differs = bytes_differ(expected, received);
    size_t longest = expected->len > received->len ? expected->len : received->len;
    size_t row = differs / ROW, rows = (longest + ROW - 1) / ROW;
    size_t first = row > ROWS_BEFORE ? row - ROWS_BEFORE : 0;
    size_t end = row + 1 + ROWS_AFTER < rows ? row + 1 + ROWS_AFTER : rows;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    fprintf(to, "%6s  %-*s  | received", "byte", 3 * ROW + 1 + ROW, "expected");
    for (size_t i = first; i < end; i++) {
        write_row(to, expected, received, i * ROW);
        if (i == row)
            write_mark(to, differs % ROW);
    }
    return fclose(to) == 0 ? text : NULL;
}

char *mismatch_remark(const struct bytes *expected, const struct bytes *received)
{
    size_t differs = bytes_differ(expected, received), missing = expected->len - differs;
    if (differs == expected->len)
        return text_format("%zu byte%s too many", received->len - differs,
                           received->len - differs == 1 ? "" : "s");
    if (differs < received->len)
        return text_format("byte %zu of %zu differs", differs + 1, expected->len);
    if (missing == 1)
        return text_format("byte %zu of %zu is missing", differs + 1, expected->len);
    return text_format("bytes %zu to %zu of %zu are missing", differs + 1, expected->len, expected->len);
}
