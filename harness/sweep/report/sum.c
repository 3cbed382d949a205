#include "harness/sweep/report/report.h"

/* Those where anything was to be tried: trials of one place stand together. */
static size_t count_places(const struct sweep_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        count += i == 0 || plan->trials[i].place != plan->trials[i - 1].place;
    return count;
}

void sweep_sum_add(struct sweep_sum *sum, const struct sweep *sweep)
{
    sum->places += count_places(&sweep->plan);
    sum->experiments += sweep->plan.count - sweep->left;
    sum->defects += sweep->defect_count;
    sum->left += sweep->left;
    for (int i = 0; i < SWEEP_CLASSES; i++)
        sum->classes[i] += sweep->classes[i];
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void sweep_sum_write(FILE *to, const struct sweep_sum *sum)
{
    fprintf(to, "%zu place%s, %zu experiment%s, %zu defect%s (", sum->places, plural(sum->places),
            sum->experiments, plural(sum->experiments), sum->defects, plural(sum->defects));
    for (int i = 0; i < SWEEP_CLASSES; i++)
        if (i != SWEEP_CLASS_TROUBLE || sum->classes[i] > 0)
            fprintf(to, "%s%zu %s", i == 0 ? "" : ", ", sum->classes[i],
                    i == SWEEP_CLASS_DEFECT ? "failed" : sweep_class_name((enum sweep_class)i));
    if (sum->left > 0)
        fprintf(to, "; %zu more were not started", sum->left);
    fputc(')', to);
}

void sweep_totals_write(FILE *to, const struct sweep_sum *sum)
{
    fprintf(to, "%zu passed, %zu failed\n", sum->classes[SWEEP_CLASS_SURVIVED],
            sum->classes[SWEEP_CLASS_DEFECT]);
}
