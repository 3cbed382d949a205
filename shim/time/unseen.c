#include "shim/time/unseen.h"
#include "shim/state.h"

void unseen_mark(enum unseen reason)
{
    uint32_t bit = UINT32_C(1) << reason;
    if (shim.is_virtual && !(atomic_fetch_or(&shim.board->unseen, bit) & bit))
        state_ring();
}
