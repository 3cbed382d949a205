#include "harness/run/worker.h"

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
}

/* After what could not be carried out nothing is sure any more. */
static bool is_sound(const struct worker *worker, const struct result *result)
{
    return worker->can_last && worker->done < WORKER_EXPERIMENTS && result->verdict != VERDICT_ERROR &&
           result->verdict != VERDICT_VOID;
}

bool worker_next(struct worker *worker, const struct result *result, struct order *ret, bool *ret_spent)
{
    worker->done++;
    *ret_spent =
        worker->orders >= 0 && !(is_sound(worker, result) &&
                                 leftovers_clear(&worker->leftovers, worker->zygotes.pids, worker->folder));
    if (*ret_spent || worker->orders < 0)
        return false;
    ssize_t got;
    while ((got = recv(worker->orders, ret, sizeof *ret, MSG_WAITALL)) < 0 && errno == EINTR)
        ;
    return got == (ssize_t)sizeof *ret;
}

void worker_end(struct worker *worker)
{
    zygotes_end(&worker->zygotes);
    leftovers_end(&worker->leftovers);
    known_programs_free(&worker->known);
}
