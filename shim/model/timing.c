#include "shim/model/timing.h"

static const char *const names[TIMING_COUNT] = {
#define TIMING(ret, name, params, args) [TIMING_##name] = #name,
#include "shim/model/timing.def"
#undef TIMING
};

const char *timing_name(enum timing_id id)
{
    return names[id];
}
