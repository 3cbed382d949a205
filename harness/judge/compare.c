#include "harness/judge/compare.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT_TEXT = 96,    /* shown whole, on one line */
    WINDOW_BEFORE = 40, /* of a long line: bytes shown before and after the one that differs */
    WINDOW_AFTER = 40,
    SAMPLE = 400, /* of a long text that lacks something: bytes shown */
};

struct bytes {
    const char *at;
    size_t len;
};

/* A line: where it begins, where it ends (past its newline), and its number. */
struct line {
    size_t start, end, number;
};

static struct line line_at(const struct bytes *text, size_t place)
{
    struct line line = {0, 0, 1};
    for (size_t i = 0; i < place && i < text->len; i++)
        if (text->at[i] == '\n') {
            line.start = i + 1;
            line.number++;
        }
    const char *newline = memchr(text->at + line.start, '\n', text->len - line.start);
    line.end = newline == NULL ? text->len : (size_t)(newline - text->at) + 1;
    return line;
}

static void write_line(FILE *to, const struct bytes *text, const struct line *line, size_t place)
{
    size_t start = line->start, end = line->end;
    if (start == text->len) {
        fprintf(to, "line %zu: nothing, the end", line->number);
        return;
    }
    if (place > start + WINDOW_BEFORE)
        start = text_cut(text->at, text->len, place - WINDOW_BEFORE);
    if (end > place + WINDOW_AFTER)
        end = text_cut(text->at, text->len, place + WINDOW_AFTER);
    fprintf(to, "line %zu: %s", line->number, start > line->start ? "..." : "");
    text_escape(to, text->at + start, end - start, true);
    /* A newline says that the line is over; without one it might as well have been cut for the message. */
    fputs(end < line->end ? "..." : text->at[end - 1] != '\n' ? ", the end" : "", to);
}

/* The line of the first difference and the one before it. */
static char *show_difference(const struct bytes *text, size_t place, const char *remark)
{
    char *shown = NULL;
    size_t size;
    FILE *to = open_memstream(&shown, &size);
    if (to == NULL)
        return NULL;
    struct line line = line_at(text, place);
    if (line.start > 0) {
        struct line before = line_at(text, line.start - 1);
        write_line(to, text, &before, before.start);
        fputc('\n', to);
    }
    write_line(to, text, &line, place);
    fprintf(to, "\n%s", remark);
    fclose(to);
    return shown;
}

static size_t first_difference(const struct bytes *a, const struct bytes *b)
{
    size_t i = 0;
    while (i < a->len && i < b->len && a->at[i] == b->at[i])
        i++;
    return i;
}

static void show_long(const struct bytes *wanted, const struct bytes *got, char **ret_expected,
                      char **ret_got)
{
    size_t place = first_difference(wanted, got);
    struct line line = line_at(got, place);
    char total[48], remark[160];
    snprintf(total, sizeof total, "of %zu bytes", wanted->len);
    snprintf(remark, sizeof remark,
             "of %zu bytes; the first that differs is number %zu (line %zu, column %zu)", got->len, place + 1,
             line.number, place - line.start + 1);
    *ret_expected = show_difference(wanted, place, total);
    *ret_got = show_difference(got, place, remark);
}

static bool compare_equal(const struct bytes *wanted, const struct bytes *got, char **ret_expected,
                          char **ret_got)
{
    if (wanted->len == got->len && memcmp(wanted->at, got->at, got->len) == 0)
        return true;
    if (wanted->len <= SHORT_TEXT && got->len <= SHORT_TEXT) {
        *ret_expected = text_escaped(wanted->at, wanted->len, true);
        *ret_got = text_escaped(got->at, got->len, true);
    } else {
        show_long(wanted, got, ret_expected, ret_got);
    }
    return false;
}

/* The whole of a short text; head and tail of a long one. */
static char *sample(const struct bytes *text)
{
    char *shown = NULL;
    size_t size;
    FILE *to = open_memstream(&shown, &size);
    if (to == NULL)
        return NULL;
    if (text->len == 0)
        fputs("nothing", to);
    else if (text->len <= SAMPLE)
        text_escape(to, text->at, text->len, true);
    else {
        size_t head = text_cut(text->at, text->len, SAMPLE / 2),
               tail = text_cut(text->at, text->len, text->len - SAMPLE / 2);
        text_escape(to, text->at, head, true);
        fputs("...\n...", to);
        text_escape(to, text->at + tail, text->len - tail, true);
        fprintf(to, "\nof %zu bytes", text->len);
    }
    fclose(to);
    return shown;
}

static char *show_wanted(const char *word, const char *wanted)
{
    char *shown = text_escaped(wanted, strlen(wanted), true);
    char *text = text_format("%s %s", word, shown == NULL ? "" : shown);
    free(shown);
    return text;
}

/* The text may hold NULs: REG_STARTEND gives its length. */
static bool matches(const regex_t *regex, const struct bytes *got)
{
    regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)got->len};
    return regexec(regex, got->at, 1, &whole, REG_STARTEND) == 0;
}

bool compare_text(const struct text_expectation *text, const char *wanted, const char *got, size_t len,
                  char **ret_expected, char **ret_got)
{
    const struct bytes came = {got, len};
    const struct bytes want = {wanted == NULL ? "" : wanted, wanted == NULL ? 0 : strlen(wanted)};
    switch (text->test) {
    case TEXT_EQUALS:
        return compare_equal(&want, &came, ret_expected, ret_got);
    case TEXT_CONTAINS:
        if (memmem(got, len, want.at, want.len) != NULL)
            return true;
        *ret_expected = show_wanted("contains", want.at);
        break;
    default:
        if (matches(&text->regex, &came))
            return true;
        *ret_expected = show_wanted("matches", text->text);
        break;
    }
    *ret_got = sample(&came);
    return false;
}
