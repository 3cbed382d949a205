/*
 * Any text as a scenario file: read or refused with a message, never a crash, a leak or a hang. What was read
 * must also expand and give rules.
 */
#include "harness/scenario/scenario.h"

#include <stdlib.h>

enum { SCRIPT_STEPS = 100 }; /* of one script are looked at */

static pid_t no_process(void *context, const char *process)
{
    (void)context, (void)process;
    return 0;
}

static void expand(const char *text, const struct runtime *runtime)
{
    struct diag why = {0};
    char *expanded = scenario_expand(text, runtime, &why);
    if ((expanded == NULL) == diag_ok(&why))
        abort();
    free(expanded);
}

/* What is found by its number is the step of that number, and all it says can be made. */
static void use_script(const struct peer_script *script, const struct runtime *runtime)
{
    for (unsigned int number = 1; number <= script->total && number <= SCRIPT_STEPS; number++) {
        const struct peer_step *step = peer_script_step(script, number);
        if (step == NULL || step->number != number || step->word == NULL || step->place.line == 0)
            abort();
        if (step->address != NULL)
            expand(step->address, runtime);
        for (size_t i = 0; i < step->part_count; i++)
            if (step->parts[i].kind != PART_BYTES)
                expand(step->parts[i].text, runtime);
        if (step->want == WANT_MATCH)
            regexec(&step->regex, "a text", 0, NULL, 0);
    }
}

static void use(const struct experiment *experiment)
{
    const struct runtime runtime = {.ports = {0, 80}, .dir = "/d", .root = "/r", .pid_of = no_process};
    struct diag diag = {0};
    struct rule rules[RULES_MAX];
    if (scenario_rules(experiment, &runtime, rules, &diag) < 0 && diag_ok(&diag))
        abort();
    for (size_t i = 0; i < experiment->process_count; i++) {
        const struct scenario_process *process = &experiment->processes[i];
        if ((process->run == NULL) == (process->peer == NULL))
            abort();
        for (char **word = process->run; word != NULL && *word != NULL; word++)
            expand(*word, &runtime);
        if (process->peer != NULL)
            use_script(process->peer, &runtime);
    }
}

/* libfyaml 0.7.12 itself loses a buffer over some broken quoted scalars. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    bool ok = scenario_read_text("fuzz.yaml", (const char *)data, size, &set, &diag);
    if (ok != diag_ok(&diag) || ok != (set.count > 0))
        abort();
    for (size_t i = 0; i < set.count && i < 20; i++)
        use(&set.experiments[i]);
    scenario_set_free(&set);
    return 0;
}
