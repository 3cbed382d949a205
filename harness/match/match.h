/* Regular expressions over bytes, made into tables that the shim can walk (shim/model/matcher.h). Pure. */
#ifndef SOCKFAULT_MATCH_H
#define SOCKFAULT_MATCH_H

#include "shim/model/matcher.h"

enum {
    MATCH_MESSAGE_MAX = 200,
    MATCH_REPEAT_MAX = 255,    /* {n}: RE_DUP_MAX of POSIX */
    MATCH_DEPTH_MAX = 100,     /* groups within groups */
    MATCH_STATES_BUILT = 512,  /* before those that are alike become one; then MATCHER_STATES at most */
    MATCH_INSTRUCTIONS = 1024, /* what the expression may come to with its repetitions written out */
};

/* column is 1-based, in bytes of the expression; 1 where it is about the whole. Message: "got X, expected
 * Y". */
struct match_error {
    unsigned int column;
    char message[MATCH_MESSAGE_MAX];
};

/*
 * Compiles an extended regular expression (POSIX, XBD 9.4) over bytes. A match may begin anywhere and ends as
 * early as it can. What differs from regcomp(3):
 * - It is about bytes, in the C locale. `.` and [^...] take any byte, newline and NUL too. A character of
 *   several bytes (UTF-8) is one thing to repeat, but cannot stand in brackets.
 * - \n \r \t \0 and \xHH are bytes, in brackets as well; a backslash before punctuation is that character,
 *   before a letter or digit otherwise an error.
 * - `^` is the beginning of the stream or datagram. `$` is refused: a stream has no end that could be known
 *   when its bytes go by; \n finds a line's.
 * - Refused too: [.x.], [=x=], a repetition of nothing ("*a", "^*"), a '{' that begins none, what matches the
 *   empty string, what can never match, and what needs too many states.
 * False with *error; *ret is then undefined.
 */
bool match_compile(const char *regex, struct matcher *ret, struct match_error *error);

#endif
