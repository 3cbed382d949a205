/* What can be done to a set of which no decision can be left out: shrink_closer, shrink_milder. */
#include "harness/sweep/shrink/shrink.h"

#include <stdlib.h>
#include <string.h>

/* What a shorter one would show is a race, and that comes and goes by itself. */
enum { SHORTEST_DELAY_NS = 1000000 };

/* Tries a set that was changed in some way. FAILS: `kept` is what is left of it. */
static enum ddmin_answer try_changed(struct trying *trying, const bool *changed, bool *kept)
{
    size_t size = trying->choices->count * sizeof *kept;
    bool *candidate = malloc(size + 1);
    if (candidate == NULL)
        return DDMIN_STOP;
    memcpy(candidate, changed, size);
    enum ddmin_answer answer = trying_set(trying, candidate);
    if (answer == DDMIN_FAILS)
        memcpy(kept, candidate, size);
    free(candidate);
    return answer;
}

/* Whether `later` would be met one earlier if the call of `gone` were left as it is: what fails or is cut is
 * mostly made once more. */
static bool is_behind(const struct choice_made *gone, const struct choice_made *later)
{
    return gone->call == later->call && gone->connection == later->connection && later->nth > gone->nth &&
           strcmp(gone->process, later->process) == 0;
}

/* The same of the connections behind a connect that failed. */
static bool is_on_later_connection(const struct choice_made *gone, const struct choice_made *later)
{
    return call_info(gone->call)->family == FAMILY_CONNECT && gone->fault == FAULT_ERROR &&
           later->connection > gone->connection && strcmp(gone->process, later->process) == 0;
}

/* One number less for all that are behind it. Whether there are any. */
static bool move_behind(struct choices *choices, const bool *kept, size_t gone)
{
    bool any = false;
    for (size_t i = 0; i < choices->count; i++) {
        struct choice_made *later = &choices->items[i];
        bool behind = kept[i] && is_behind(&choices->items[gone], later);
        bool other = kept[i] && is_on_later_connection(&choices->items[gone], later);
        later->nth -= behind;
        later->connection -= other;
        any = any || behind || other;
    }
    return any;
}

static enum ddmin_answer try_without(struct trying *trying, struct choices *choices, bool *kept, size_t i)
{
    size_t size = choices->count * sizeof *choices->items;
    struct choice_made *before = malloc(size + 1);
    if (before == NULL)
        return DDMIN_STOP;
    memcpy(before, choices->items, size);
    enum ddmin_answer answer = DDMIN_PASSES;
    kept[i] = false;
    if (move_behind(choices, kept, i)) /* else it was tried so */
        answer = try_changed(trying, kept, kept);
    if (answer != DDMIN_FAILS) {
        kept[i] = true;
        memcpy(choices->items, before, size);
    }
    free(before);
    return answer;
}

bool shrink_closer(struct trying *trying, struct choices *choices, bool *kept)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < choices->count; i++) {
            enum ddmin_answer answer = kept[i] ? try_without(trying, choices, kept, i) : DDMIN_PASSES;
            if (answer == DDMIN_STOP)
                return false;
            again = again || answer == DDMIN_FAILS;
        }
    }
    return true;
}

/* The values that are milder, the mildest first. */
struct scale {
    uint64_t values[80];
    size_t count;
};

/* From `from` on, a power of 10: 1, 2, 5, 10 ... times that below `end`, in that order. */
static void add_round(struct scale *scale, uint64_t from, uint64_t end)
{
    static const uint64_t steps[] = {1, 2, 5};
    for (uint64_t tens = from; tens < end; tens *= 10)
        for (int i = 0; i < 3 && steps[i] * tens < end; i++)
            scale->values[scale->count++] = steps[i] * tens;
}

static void turn_round(struct scale *scale)
{
    for (size_t i = 0; i < scale->count / 2; i++) {
        uint64_t value = scale->values[i];
        scale->values[i] = scale->values[scale->count - 1 - i];
        scale->values[scale->count - 1 - i] = value;
    }
}

/* Longer parts, up to all but one byte, and a whole number of bytes that reads well. */
static void add_longer(struct scale *scale, uint64_t amount, uint64_t asked)
{
    size_t kept = 0;
    add_round(scale, 1, asked - 1);
    for (size_t i = 0; i < scale->count; i++)
        if (scale->values[i] > amount)
            scale->values[kept++] = scale->values[i];
    scale->count = kept;
    scale->values[scale->count++] = asked - 1;
    turn_round(scale);
}

static struct scale scale_of(const struct choice_made *choice)
{
    struct scale scale = {.count = 0};
    switch (choice->fault) {
    case FAULT_DELAY:
        add_round(&scale, SHORTEST_DELAY_NS, (uint64_t)choice->delay_ns);
        break;
    case FAULT_SHORT:
        if (choice->asked > 1 && (uint64_t)choice->asked - 1 > choice->amount)
            add_longer(&scale, choice->amount, (uint64_t)choice->asked);
        break;
    case FAULT_REORDER:
    case FAULT_CORRUPT:
        add_round(&scale, 1, choice->amount);
        break;
    case FAULT_EOF:
        scale.count = choice->eof_full; /* a peer that only shut its side down */
        break;
    default:
        break;
    }
    return scale;
}

static void set_value(struct choice_made *choice, uint64_t value)
{
    if (choice->fault == FAULT_DELAY)
        choice->delay_ns = (int64_t)value;
    else if (choice->fault == FAULT_EOF)
        choice->eof_full = false;
    else
        choice->amount = value;
}

/* Whether the set fails all the same with that value of it, which then stays. */
static enum ddmin_answer try_value(struct trying *trying, struct choice_made *choice, uint64_t value,
                                   bool *kept)
{
    struct choice_made before = *choice;
    set_value(choice, value);
    enum ddmin_answer answer = try_changed(trying, kept, kept);
    if (answer != DDMIN_FAILS)
        *choice = before;
    return answer;
}

bool shrink_milder(struct trying *trying, struct choices *choices, bool *kept)
{
    for (size_t i = 0; i < choices->count; i++) {
        struct scale scale = {.count = 0};
        if (kept[i])
            scale = scale_of(&choices->items[i]);
        for (size_t low = 0, high = scale.count; low < high;) {
            size_t middle = (low + high) / 2;
            enum ddmin_answer answer = try_value(trying, &choices->items[i], scale.values[middle], kept);
            if (answer == DDMIN_STOP)
                return false;
            if (answer == DDMIN_FAILS)
                high = middle;
            else
                low = middle + 1;
        }
    }
    return true;
}
