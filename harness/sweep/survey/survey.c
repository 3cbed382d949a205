#include "harness/sweep/survey/survey.h"

#include "harness/sweep/survey/survey_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where a guardian writes: a file that no folder knows, gone with its last descriptor. None of the first
 * three numbers, which are others' to use. */
static int open_memory(struct diag *diag)
{
    int first = memfd_create("survey", MFD_CLOEXEC);
    int fd = first >= 0 ? fcntl(first, F_DUPFD_CLOEXEC, 3) : -1;
    if (fd < 0)
        diag_set(diag, STATUS_TROUBLE, "memory for a survey cannot be had: %s", strerror(errno));
    if (first >= 0)
        close(first);
    return fd;
}

bool survey_run(const struct experiment *experiment, const struct run_options *options, struct survey *ret,
                struct result *ret_result, struct diag *diag)
{
    struct run_options surveying = *options;
    surveying.survey = open_memory(diag);
    if (surveying.survey < 0)
        return false;
    experiment_run(experiment, &surveying, ret_result);
    struct diag trouble = {0};
    bool read = survey_read(surveying.survey, ret, &trouble);
    close(surveying.survey);
    if (read)
        return true;
    if (ret_result->verdict == VERDICT_ERROR) { /* its guardian did not get to the end of it */
        *ret = (struct survey){0};
        return true;
    }
    *diag = trouble;
    result_free(ret_result);
    return false;
}

void survey_free(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        struct survey_call *call = &survey->calls[i];
        for (size_t k = 0; k < call->frame_count; k++)
            free(call->frames[k].module);
        free(call->process);
        free(call->site);
    }
    for (size_t i = 0; i < survey->fired_count; i++) {
        free(survey->fired[i].process);
        free(survey->fired[i].site);
    }
    free(survey->fired);
    free(survey->calls);
    *survey = (struct survey){0};
}
