#include "harness/sweep/plan/globs.h"

#include <fnmatch.h>

bool sweep_globs_mean(const struct sweep_globs *globs, const char *name, bool unsaid, size_t *hits)
{
    bool is_there_any = false, named = false, refused = false;
    for (size_t i = 0; i < globs->count; i++) {
        bool others = globs->items[i][0] == '!';
        bool hit = fnmatch(globs->items[i] + others, name, 0) == 0;
        hits[i] += hit;
        is_there_any = is_there_any || !others;
        named = named || (hit && !others);
        refused = refused || (hit && others);
    }
    if (globs->count == 0)
        return unsaid;
    return !refused && (named || !is_there_any);
}
