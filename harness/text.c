#include "harness/text.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* How long the character is by its first byte; 0 where none begins so. Its lowest legal code point in
 * *ret_lowest. */
static size_t rune_length(unsigned char first, int32_t *ret_lowest)
{
    if (first < 0x80)
        return *ret_lowest = 0, 1;
    if (first >= 0xc2 && first < 0xe0)
        return *ret_lowest = 0x80, 2;
    if (first >= 0xe0 && first < 0xf0)
        return *ret_lowest = 0x800, 3;
    if (first >= 0xf0 && first < 0xf5)
        return *ret_lowest = 0x10000, 4;
    return 0;
}

int32_t text_rune(const char *bytes, size_t len, size_t *ret_len)
{
    static const unsigned char first_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *b = (const unsigned char *)bytes;
    int32_t lowest = 0;
    size_t length = rune_length(b[0], &lowest);
    *ret_len = 1;
    if (length == 0 || length > len)
        return -1;
    int32_t rune = b[0] & first_mask[length];
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return -1;
        rune = rune << 6 | (b[i] & 0x3f);
    }
    if (rune < lowest || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
        return -1;
    *ret_len = length;
    return rune;
}

bool text_printable(int32_t rune)
{
    if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0))
        return false;
    /* Line ends, marks and overrides of direction, and what has no width: they make a line look like another.
     */
    if (rune >= 0x200b && rune <= 0x200f)
        return false;
    if ((rune >= 0x2028 && rune <= 0x202e) || (rune >= 0x2060 && rune <= 0x206f))
        return false;
    return rune != 0xad && rune != 0xfeff && (rune & 0xfffe) != 0xfffe;
}

size_t text_cut(const char *bytes, size_t len, size_t place)
{
    for (size_t back = 0; back < 4 && back <= place && place < len; back++)
        if (((unsigned char)bytes[place - back] & 0xc0) != 0x80)
            return place - back;
    return place;
}

char *text_utf8(const char *bytes, size_t len, size_t *ret_len)
{
    static const char replacement[] = "\xef\xbf\xbd";
    if (len > (SIZE_MAX - 1) / 3)
        return NULL;
    char *copy = malloc(3 * len + 1);
    if (copy == NULL)
        return NULL;
    size_t used = 0;
    for (size_t at = 0, step; at < len; at += step) {
        bool bad = text_rune(bytes + at, len - at, &step) < 0;
        size_t width = bad ? 3 : step;
        memcpy(copy + used, bad ? replacement : bytes + at, width);
        used += width;
    }
    copy[used] = '\0';
    if (ret_len != NULL)
        *ret_len = used;
    return copy;
}

static const char *named_escape(int32_t rune)
{
    switch (rune) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\0':
        return "\\0";
    default:
        return NULL;
    }
}

void text_escape(FILE *to, const char *bytes, size_t len, bool quoted)
{
    if (quoted)
        fputc('"', to);
    for (size_t at = 0, step; at < len; at += step) {
        int32_t rune = text_rune(bytes + at, len - at, &step);
        const char *name = named_escape(rune);
        /* "\0" before a digit would read as another octal number. */
        if (rune == 0 && at + 1 < len && bytes[at + 1] >= '0' && bytes[at + 1] <= '7')
            name = "\\x00";
        if (name != NULL)
            fputs(name, to);
        else if (rune < 0x80 && !text_printable(rune))
            fprintf(to, "\\x%02x", (unsigned char)bytes[at]);
        else if (!text_printable(rune))
            fprintf(to, "\\u{%x}", (unsigned int)rune);
        else if (quoted && (rune == '"' || rune == '\\'))
            fprintf(to, "\\%c", (int)rune);
        else
            fwrite(bytes + at, 1, step, to);
    }
    if (quoted)
        fputc('"', to);
}

char *text_escaped(const char *bytes, size_t len, bool quoted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    text_escape(to, bytes, len, quoted);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

char *text_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return length < 0 ? NULL : text;
}

char *text_duration(int64_t ns, char text[TEXT_DURATION_MAX])
{
    static const struct {
        double ns;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    double value = (double)ns;
    size_t i = 0;
    /* 0.9995 and up would show as 1.00: that is the next unit's. */
    while (i < 3 && value < 0.9995 * units[i].ns)
        i++;
    value /= units[i].ns;
    int digits = i == 3 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    if (ns <= 0)
        snprintf(text, TEXT_DURATION_MAX, "%s", ns == 0 ? "0 s" : "less than 0 s");
    else
        snprintf(text, TEXT_DURATION_MAX, "%.*f %s", digits, value, units[i].unit);
    return text;
}

char *text_signal(int number, char text[TEXT_SIGNAL_MAX])
{
    const char *name = sigabbrev_np(number);
    if (name != NULL)
        snprintf(text, TEXT_SIGNAL_MAX, "SIG%s", name);
    else if (number >= SIGRTMIN && number <= SIGRTMAX)
        snprintf(text, TEXT_SIGNAL_MAX, "SIGRTMIN+%d", number - SIGRTMIN);
    else
        snprintf(text, TEXT_SIGNAL_MAX, "signal %d", number);
    return text;
}
