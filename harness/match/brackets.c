/* Escapes and bracket expressions. */
#include "harness/match/parse.h"

#include <ctype.h>
#include <string.h>

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
    return found == NULL ? -1 : (int)(found - digits);
}

bool match_read_escape(struct match_reader *reader, unsigned int *ret)
{
    static const char letters[] = "nrt0", bytes[] = "\n\r\t";
    char shown[MATCH_SHOWN_MAX];
    const char *from = reader->at, *name = from + 1;
    const char *letter = *name == '\0' ? NULL : strchr(letters, *name);
    if (letter != NULL) {
        *ret = (unsigned char)bytes[letter - letters];
        reader->at += 2;
    } else if (*name == 'x') {
        int high = hex_digit(name[1]), low = high < 0 ? -1 : hex_digit(name[2]);
        if (low < 0)
            return match_fail(reader, from, "got '\\x' without two hexadecimal digits, expected \\xHH");
        *ret = (unsigned int)(high * 16 + low);
        reader->at += 4;
    } else if (ispunct((unsigned char)*name)) {
        *ret = (unsigned char)*name;
        reader->at += 2;
    } else {
        return match_fail(
            reader, from,
            "got a backslash before %s, expected \\n, \\r, \\t, \\0, \\xHH or punctuation after it",
            match_shown(name, shown));
    }
    return true;
}

/* [:alpha:] and the others of POSIX, in the C locale: of ASCII alone. */
static const struct {
    const char *name;
    int (*has)(int);
} classes[] = {
    {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
    {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
    {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

/* "[:digit:]", reader->at at its '['. */
static bool read_class(struct match_reader *reader, struct byte_set *set)
{
    const char *from = reader->at, *name = from + 2, *end = strstr(name, ":]");
    size_t len = end == NULL ? 0 : (size_t)(end - name);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (len != strlen(classes[i].name) || strncmp(name, classes[i].name, len) != 0)
            continue;
        for (int byte = 0; byte < 128; byte++)
            if (classes[i].has(byte))
                byte_set_add(set, (unsigned int)byte, (unsigned int)byte);
        reader->at = end + 2;
        return true;
    }
    return match_fail(reader, from,
                      "got an unknown class, expected [:alnum:], alpha, blank, cntrl, digit, graph, lower, "
                      "print, punct, space, upper or xdigit");
}

/* One byte of a bracket expression: an end of a range, or a member. */
static bool read_member(struct match_reader *reader, unsigned int *ret)
{
    char shown[MATCH_SHOWN_MAX];
    const char *at = reader->at;
    if (*at == '\0')
        return match_fail(reader, at, "got the end, expected ']'");
    if (*at == '\\')
        return match_read_escape(reader, ret);
    if (*at == '[' && (at[1] == '.' || at[1] == '=' || at[1] == ':'))
        return match_fail(reader, at, "got '[%c' here, expected a byte or a class like [:digit:]", at[1]);
    if ((unsigned char)*at >= 128)
        return match_fail(reader, at,
                          "got %s in brackets, expected single bytes (\\xHH), or (a|b) for characters",
                          match_shown(at, shown));
    *ret = (unsigned char)*at;
    reader->at++;
    return true;
}

/* "a", or "a-z" ('-' is itself before the ']'). */
static bool read_range(struct match_reader *reader, struct byte_set *set)
{
    unsigned int low, high;
    const char *from = reader->at;
    if (!read_member(reader, &low))
        return false;
    high = low;
    if (reader->at[0] == '-' && reader->at[1] != ']' && reader->at[1] != '\0') {
        reader->at++;
        if (!read_member(reader, &high))
            return false;
    }
    if (high < low)
        return match_fail(reader, from, "got the range '%.*s', expected its lower end first",
                          (int)(reader->at - from), from);
    byte_set_add(set, low, high);
    return true;
}

bool match_read_brackets(struct match_reader *reader, struct byte_set *ret)
{
    const char *open = reader->at++;
    bool inverted = *reader->at == '^';
    reader->at += inverted;
    *ret = (struct byte_set){{0}};
    /* A ']' that comes first is a member. */
    for (const char *first = reader->at; *reader->at != ']' || reader->at == first;) {
        if (*reader->at == '\0')
            return match_fail(reader, open, "got '[' that is not closed, expected ']'");
        bool named = reader->at[0] == '[' && reader->at[1] == ':';
        if (!(named ? read_class(reader, ret) : read_range(reader, ret)))
            return false;
    }
    reader->at++;
    if (inverted)
        byte_set_invert(ret);
    return true;
}
