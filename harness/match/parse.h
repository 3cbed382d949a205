/* What the readers of an expression's parts share. */
#ifndef SOCKFAULT_MATCH_PARSE_H
#define SOCKFAULT_MATCH_PARSE_H

#include "harness/match/nfa.h"

struct match_reader {
    const char *text, *at;
    struct nfa *nfa;
    struct match_error *error;
    int depth;
};

/* Fills *reader->error in for a place in the text; always false. */
bool match_fail(struct match_reader *reader, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A character or byte of the expression as it can be shown: 'a', '\n', 'é', the end. Returns text. */
enum { MATCH_SHOWN_MAX = 40 };
const char *match_shown(const char *at, char text[MATCH_SHOWN_MAX]);

/* An escape, the backslash at reader->at: the byte it means. */
bool match_read_escape(struct match_reader *reader, unsigned int *ret);

/* A bracket expression, the '[' at reader->at. */
bool match_read_brackets(struct match_reader *reader, struct byte_set *ret);

#endif
