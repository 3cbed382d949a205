#include "harness/scenario/choice.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 31 };

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
    unsigned int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/*
 * How many letters to add, drop, change, or swap with the next, to get from one word to the other (optimal
 * string alignment). Words longer than WORD_MAX are far from everything.
 */
static unsigned int distance(const char *a, const char *b)
{
    unsigned int row[3][WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= a_len; i++) {
        unsigned int *now = row[i % 3], *above = row[(i + 2) % 3], *over = row[(i + 1) % 3];
        now[0] = (unsigned int)i;
        for (size_t j = 1; j <= b_len; j++) {
            if (i == 0) {
                now[j] = (unsigned int)j;
                continue;
            }
            now[j] = least(above[j] + 1, now[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && over[j - 2] + 1 < now[j])
                now[j] = over[j - 2] + 1;
        }
    }
    return row[a_len % 3][b_len];
}

void choice_begin(struct choice *choice, const char *word)
{
    *choice = (struct choice){.word = word, .distance = WORD_MAX};
}

void choice_add(struct choice *choice, const char *candidate)
{
    unsigned int d = distance(choice->word, candidate);
    if (d < choice->distance) {
        choice->distance = d;
        choice->best = candidate;
    }
    choice->count++;
    if (choice->used + strlen(candidate) + 3 > sizeof choice->list)
        return;
    choice->used +=
        (size_t)sprintf(choice->list + choice->used, "%s%s", choice->used > 0 ? ", " : "", candidate);
}

/* Near: at most a third of the word, and one letter of a short one. */
const char *choice_hint(const struct choice *choice, char *buffer, size_t size)
{
    size_t len = strlen(choice->word);
    unsigned int allowed = len < 3 ? 0 : len < 6 ? 1 : (unsigned int)len / 3;
    buffer[0] = '\0';
    if (choice->best != NULL && choice->distance <= allowed)
        snprintf(buffer, size, "; did you mean '%s'?", choice->best);
    return buffer;
}

const char *choice_text(struct choice *choice)
{
    char hint[WORD_MAX + 30];
    if (choice->count == 1)
        snprintf(choice->text, sizeof choice->text, "%s", choice->list);
    else
        snprintf(choice->text, sizeof choice->text, "one of %s%s", choice->list,
                 choice_hint(choice, hint, sizeof hint));
    return choice->text;
}
