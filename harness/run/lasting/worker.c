#include "harness/run/lasting/worker.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool worker_allowed(const struct run_options *options, const struct isolation *isolation)
{
    return options->lasting && !options->keep && options->survey == 0 && isolation->processes &&
           isolation->network;
}

void worker_begin(struct worker *worker, const struct folder *folder, int orders)
{
    *worker = (struct worker){.folder = folder, .orders = orders, .leftovers = {.queues = -1}};
    worker->can_last = orders >= 0 && leftovers_begin(&worker->leftovers);
    worker->kept.before = &worker->leftovers;
}

/* After what could not be carried out nothing is sure any more. */
static bool is_sound(const struct worker *worker, const struct result *result)
{
    return worker->can_last && worker->done < WORKER_EXPERIMENTS && result->verdict != VERDICT_ERROR &&
           result->verdict != VERDICT_VOID;
}

/* Services that live on have left everything as it was but themselves: kept.h. */
static bool is_clear(const struct worker *worker)
{
    return worker->kept.run ||
           leftovers_clear(&worker->leftovers, zygotes_pids(&worker->zygotes), worker->folder);
}

enum worker_end worker_next(struct worker *worker, const struct result *result, struct order *ret)
{
    worker->done++;
    if (worker->orders < 0)
        return WORKER_DONE;
    if (!is_sound(worker, result) || !is_clear(worker))
        return WORKER_SPENT;
    ssize_t got;
    while ((got = recv(worker->orders, ret, sizeof *ret, MSG_WAITALL)) < 0 && errno == EINTR)
        ;
    return got == (ssize_t)sizeof *ret ? WORKER_GOES_ON : WORKER_DONE;
}

enum worker_end worker_clear(struct worker *worker, const struct experiment *experiment,
                             const struct run_options *options)
{
    if (kept_fits(&worker->kept, experiment, options))
        return WORKER_GOES_ON;
    if (!kept_end(&worker->kept))
        return WORKER_DOUBT;
    return is_clear(worker) ? WORKER_GOES_ON : WORKER_SPENT;
}

enum worker_end worker_close(struct worker *worker, enum worker_end end)
{
    if (!kept_end(&worker->kept))
        end = WORKER_DOUBT;
    zygotes_end(&worker->zygotes);
    leftovers_end(&worker->leftovers);
    known_programs_free(&worker->known);
    return end;
}
