/* Which clock an experiment goes by, as it is said: `time:` of a scenario, --time of a command. */
#ifndef SOCKFAULT_SCENARIO_CLOCKS_H
#define SOCKFAULT_SCENARIO_CLOCKS_H

#include <stdbool.h>

enum run_clock {
    CLOCK_DEFAULT, /* nobody has said */
    CLOCK_REAL,
    CLOCK_VIRTUAL, /* where nothing else can happen, time goes on to what is due next */
};

#define CLOCK_WORDS "real or virtual"

/* false: it is neither of CLOCK_WORDS. */
bool clock_read(const char *text, enum run_clock *ret);

/* "real", "virtual". */
const char *clock_word(enum run_clock clock);

#endif
