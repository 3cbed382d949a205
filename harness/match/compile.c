#include "harness/match/nfa.h"

#include <stdio.h>
#include <stdlib.h>

bool match_compile(const char *regex, struct matcher *ret, struct match_error *error)
{
    struct nfa *nfa = malloc(sizeof *nfa);
    if (nfa == NULL) {
        *error = (struct match_error){.column = 1, .message = "got no memory"};
        return false;
    }
    bool good = nfa_parse(regex, nfa, error) && nfa_tabulate(nfa, ret, error);
    free(nfa);
    return good;
}
