#include "harness/match/parse.h"
#include "harness/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool match_fail(struct match_reader *reader, const char *where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->error->message, sizeof reader->error->message, format, arguments);
    va_end(arguments);
    reader->error->column = (unsigned int)(where - reader->text) + 1;
    return false;
}

static bool too_large(struct match_reader *reader)
{
    return match_fail(reader, reader->text,
                      "got an expression that needs more than %d steps, expected a simpler one",
                      (int)MATCH_INSTRUCTIONS);
}

/* How many bytes the character at `at` has; 1 where that is not UTF-8. */
static size_t character_len(const char *at)
{
    size_t len;
    text_rune(at, strnlen(at, 4), &len);
    return len;
}

const char *match_shown(const char *at, char text[MATCH_SHOWN_MAX])
{
    size_t len = *at == '\0' ? 0 : character_len(at);
    bool printable = len > 0 && text_printable(text_rune(at, len, &len));
    if (len == 0)
        snprintf(text, MATCH_SHOWN_MAX, "the end");
    else if (printable)
        snprintf(text, MATCH_SHOWN_MAX, "'%.*s'", (int)len, at);
    else
        snprintf(text, MATCH_SHOWN_MAX, "'\\x%02x'", (unsigned int)(unsigned char)*at);
    return text;
}

static bool add_bytes(struct match_reader *reader, const struct byte_set *bytes)
{
    const struct nfa_instruction instruction = {.op = NFA_BYTES, .bytes = *bytes};
    return nfa_add(reader->nfa, &instruction) || too_large(reader);
}

static bool add_byte(struct match_reader *reader, unsigned int byte)
{
    struct byte_set set = {{0}};
    byte_set_add(&set, byte, byte);
    return add_bytes(reader, &set);
}

/* Whatever stands for itself: all bytes of a character, so that a repetition takes all of it. */
static bool read_character(struct match_reader *reader)
{
    for (size_t len = character_len(reader->at); len > 0; len--)
        if (!add_byte(reader, (unsigned char)*reader->at++))
            return false;
    return true;
}

static bool read_alternatives(struct match_reader *reader);

static bool read_group(struct match_reader *reader)
{
    const char *open = reader->at++;
    if (reader->depth == MATCH_DEPTH_MAX)
        return match_fail(reader, open, "got more than %d groups within one another, expected fewer",
                          (int)MATCH_DEPTH_MAX);
    reader->depth++;
    if (!read_alternatives(reader))
        return false;
    reader->depth--;
    if (*reader->at != ')')
        return match_fail(reader, open, "got '(' that is not closed, expected ')'");
    reader->at++;
    return true;
}

static bool read_atom(struct match_reader *reader)
{
    struct byte_set bytes = {{0}};
    unsigned int byte;
    switch (*reader->at) {
    case '(':
        return read_group(reader);
    case '[':
        return match_read_brackets(reader, &bytes) && add_bytes(reader, &bytes);
    case '.':
        reader->at++;
        byte_set_invert(&bytes);
        return add_bytes(reader, &bytes);
    case '\\':
        return match_read_escape(reader, &byte) && add_byte(reader, byte);
    case '*':
    case '+':
    case '?':
    case '{':
        return match_fail(reader, reader->at,
                          "got '%c' with nothing before it to repeat, expected \\%c for the "
                          "character",
                          *reader->at, *reader->at);
    case '$':
        return match_fail(reader, reader->at,
                          "got '$', but the end of a stream cannot be matched: expected \\n "
                          "for the end of a line, or \\$ for the character");
    default:
        return read_character(reader);
    }
}

/* Decimal digits, at most MATCH_REPEAT_MAX. -1: none, or too large. */
static int read_number(const char **at)
{
    int number = -1;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = (number < 0 ? 0 : number) * 10 + (**at - '0');
        if (number > MATCH_REPEAT_MAX)
            return -1;
    }
    return number;
}

/* "{m}", "{m,}" or "{m,n}". */
static bool read_interval(struct match_reader *reader, int *ret_min, int *ret_max)
{
    const char *open = reader->at, *at = open + 1;
    int min = read_number(&at), max = min;
    bool good = min >= 0;
    if (good && *at == ',') {
        at++;
        max = *at == '}' ? -1 : read_number(&at);
        good = *at == '}' && (at[-1] == ',' || max >= min);
    }
    if (!good || *at != '}')
        return match_fail(
            reader, open,
            "got '{' without a number of times, expected {m}, {m,} or {m,n} with m <= n <= %d, or \\{ "
            "for the character",
            (int)MATCH_REPEAT_MAX);
    reader->at = at + 1;
    *ret_min = min;
    *ret_max = max;
    return true;
}

/* What may follow the piece from start, several times over. */
static bool read_repetitions(struct match_reader *reader, size_t start)
{
    for (;;) {
        int min = *reader->at == '+', max = *reader->at == '?' ? 1 : -1;
        if (*reader->at == '\0' || strchr("*+?{", *reader->at) == NULL)
            return true;
        if (*reader->at != '{')
            reader->at++;
        else if (!read_interval(reader, &min, &max))
            return false;
        if (!nfa_repeat(reader->nfa, start, min, max))
            return too_large(reader);
    }
}

static bool read_sequence(struct match_reader *reader)
{
    while (*reader->at != '\0' && *reader->at != '|' && (*reader->at != ')' || reader->depth == 0)) {
        size_t start = reader->nfa->count;
        if (*reader->at == ')')
            return match_fail(reader, reader->at,
                              "got ')' that closes nothing, expected \\) for the character");
        if (*reader->at == '^') {
            reader->at++;
            if (!nfa_add(reader->nfa, &(struct nfa_instruction){.op = NFA_START}))
                return too_large(reader);
        } else if (!read_atom(reader) || !read_repetitions(reader, start)) {
            return false;
        }
    }
    return true;
}

/*
 * "a|b|c": split(a, split(b, c)). Each '|' costs two instructions, so that their number bounds how deep this
 * goes.
 */
static bool read_alternatives(struct match_reader *reader)
{
    struct nfa *nfa = reader->nfa;
    size_t start = nfa->count;
    if (!read_sequence(reader))
        return false;
    if (*reader->at != '|')
        return true;
    reader->at++;
    int len = (int)(nfa->count - start);
    if (!nfa_insert(nfa, start, &(struct nfa_instruction){.op = NFA_SPLIT, .a = 1, .b = len + 2}))
        return too_large(reader);
    size_t jump = nfa->count;
    if (!nfa_add(nfa, &(struct nfa_instruction){.op = NFA_JUMP}))
        return too_large(reader);
    if (!read_alternatives(reader))
        return false;
    nfa->at[jump].a = (int)(nfa->count - jump);
    return true;
}

bool nfa_parse(const char *regex, struct nfa *ret, struct match_error *error)
{
    struct match_reader reader = {.text = regex, .at = regex, .nfa = ret, .error = error};
    ret->count = 0;
    if (!read_alternatives(&reader))
        return false;
    return nfa_add(ret, &(struct nfa_instruction){.op = NFA_MATCH}) || too_large(&reader);
}
