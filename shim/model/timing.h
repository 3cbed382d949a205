/* The calls about time, as data: everything here comes from timing.def and is read-only. */
#ifndef SOCKFAULT_MODEL_TIMING_H
#define SOCKFAULT_MODEL_TIMING_H

enum timing_id {
#define TIMING(ret, name, params, args) TIMING_##name,
#include "shim/model/timing.def"
#undef TIMING
    TIMING_COUNT
};

/* The name of one; id < TIMING_COUNT. */
const char *timing_name(enum timing_id id);

#endif
