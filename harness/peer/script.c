#include "harness/peer/script.h"

static const struct peer_step *find(const struct peer_step *steps, size_t count, unsigned int number)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].number == number)
            return &steps[i];
        const struct peer_step *within = find(steps[i].steps, steps[i].step_count, number);
        if (within != NULL)
            return within;
    }
    return NULL;
}

const struct peer_step *peer_script_step(const struct peer_script *script, unsigned int number)
{
    return find(script->steps, script->count, number);
}

bool peer_verb_rests(enum peer_verb verb)
{
    return verb == PEER_STALL || verb == PEER_IGNORE;
}
