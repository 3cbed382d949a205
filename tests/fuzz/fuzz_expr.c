/* Any text as a fault expression: rules, or a message with a column inside the text (or just behind it). */
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <stdlib.h>
#include <string.h>

/* What the rest of the program takes for granted of a rule. */
static void check(const struct rule *rule)
{
    if (call_set_empty(&rule->calls) || rule->fault == FAULT_NONE || rule->fault >= FAULT_COUNT)
        abort();
    if (rule->when_first == 0 || rule->when_last < rule->when_first || rule->when_step == 0)
        abort();
    if (rule->chance_ppm == 0 || rule->chance_ppm > 1000000 || rule->scope >= SCOPE_COUNT)
        abort();
    if (rule->delay_min_ns < 0 || rule->delay_max_ns < rule->delay_min_ns)
        abort();
    if (rule->fault == FAULT_SHORT && rule->amount == 0)
        abort();
    if ((rule->fault == FAULT_ERROR || rule->fault == FAULT_RESET) && rule->err <= 0)
        abort();
    if (memchr(rule->text, '\0', sizeof rule->text) == NULL ||
        memchr(rule->process, '\0', sizeof rule->process) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct rule rules[RULES_MAX];
    struct expr_error error = {0};
    char *text = strndup((const char *)data, size); /* stops at a NUL */
    if (text == NULL)
        return 0;
    int count = expr_parse(text, rules, RULES_MAX, &error);
    if (count == 0 || count < -1 || count > RULES_MAX)
        abort();
    if (count < 0 && (error.column < 1 || error.column > strlen(text) + 1 || error.message[0] == '\0'))
        abort();
    for (int i = 0; i < count; i++)
        check(&rules[i]);
    free(text);
    return 0;
}
