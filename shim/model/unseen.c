#include "shim/model/unseen.h"

static const char *const texts[UNSEEN_COUNT] = {
#define UNSEEN(id, text) [UNSEEN_##id] = (text),
    UNSEEN_REASONS(UNSEEN)
#undef UNSEEN
};

const char *unseen_next(uint32_t bits, unsigned *from)
{
    while (*from < UNSEEN_COUNT) {
        unsigned id = (*from)++;
        if (bits >> id & 1)
            return texts[id];
    }
    return NULL;
}
