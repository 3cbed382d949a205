#include "harness/scenario/clocks.h"

#include <stddef.h>
#include <string.h>

static const char *const words[] = {[CLOCK_REAL] = "real", [CLOCK_VIRTUAL] = "virtual"};

bool clock_read(const char *text, enum run_clock *ret)
{
    for (size_t i = CLOCK_REAL; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret = (enum run_clock)i;
            return true;
        }
    return false;
}

const char *clock_word(enum run_clock clock)
{
    return words[clock];
}
