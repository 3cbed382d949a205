/*
 * Any text as a scenario file: read or refused with a message, never a crash, a leak or a hang. What was read
 * must also expand and give rules.
 */
#include "harness/scenario/scenario.h"

#include <stdlib.h>

static pid_t no_process(void *context, const char *process)
{
    (void)context, (void)process;
    return 0;
}

static void use(const struct experiment *experiment)
{
    const struct runtime runtime = {.ports = {0, 80}, .dir = "/d", .root = "/r", .pid_of = no_process};
    struct diag diag = {0};
    struct rule rules[RULES_MAX];
    if (scenario_rules(experiment, &runtime, rules, &diag) < 0 && diag_ok(&diag))
        abort();
    for (size_t i = 0; i < experiment->process_count; i++)
        for (char **word = experiment->processes[i].run; *word != NULL; word++) {
            struct diag why = {0};
            char *text = scenario_expand(*word, &runtime, &why);
            if ((text == NULL) == diag_ok(&why))
                abort();
            free(text);
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
