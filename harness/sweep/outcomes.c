/* The table of outcomes (outcomes.def) as data. */
#include "harness/sweep/outcome.h"

#include <string.h>

static const struct {
    const char *name, *text;
    enum sweep_class on[2]; /* by enum expectation */
} rows[SWEEP_OUTCOMES] = {
#define OUTCOME(id, name, sentence, on_t, on_h)                                                              \
    [SWEEP_##id] = {name, sentence, {SWEEP_CLASS_##on_t, SWEEP_CLASS_##on_h}},
#include "harness/sweep/outcomes.def"
#undef OUTCOME
};

const char *sweep_outcome_name(enum sweep_outcome outcome)
{
    return rows[outcome].name;
}

const char *sweep_outcome_text(enum sweep_outcome outcome)
{
    return rows[outcome].text;
}

enum sweep_class sweep_outcome_class(enum sweep_outcome outcome, enum expectation expect)
{
    return rows[outcome].on[expect];
}

enum sweep_outcome sweep_outcome_find(const char *name)
{
    int i = 0;
    while (i < SWEEP_OUTCOMES && strcmp(rows[i].name, name) != 0)
        i++;
    return (enum sweep_outcome)i;
}

const char *sweep_class_name(enum sweep_class class)
{
    static const char *const names[SWEEP_CLASSES] = {
        [SWEEP_CLASS_SURVIVED] = "survived", [SWEEP_CLASS_DEFECT] = "defect",
        [SWEEP_CLASS_REFUSED] = "refused",   [SWEEP_CLASS_NOT_FIRED] = "not fired",
        [SWEEP_CLASS_TROUBLE] = "trouble",
    };
    return names[class];
}
