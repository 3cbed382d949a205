/* Any text as a record: read or refused with a message that names the file, never a crash or a leak; what was
 * read holds what is promised of it, and has a rule. */
#include "harness/sweep/records/record.h"
#include "shim/model/expr.h"

#include <stdlib.h>
#include <string.h>

static void use(const struct record *record)
{
    struct rule rule;
    struct expr_error error;
    const char *const texts[] = {record->scenario, record->experiment, record->rule, record->row,
                                 record->site};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] == NULL)
            abort();
    if (record->timeout_ns <= 0 || record->outcome >= SWEEP_OUTCOMES ||
        expr_parse(record->rule, &rule, 1, &error) != 1)
        abort();
    for (size_t i = 0; i < record->program_count; i++)
        if (record->programs[i].process == NULL || record->programs[i].build_id == NULL)
            abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct record record;
    struct diag diag = {0};
    if (record_read_text("fuzz.record", (const char *)data, size, &record, &diag)) {
        use(&record);
        record_free(&record);
    } else if (diag.status != STATUS_USAGE || strncmp(diag.text, "fuzz.record:", 12) != 0) {
        abort();
    }
    return 0;
}
