#include "harness/run/lasting/doubts.h"

#include <stdlib.h>

bool doubts_begin(struct doubts *doubts, size_t jobs)
{
    *doubts = (struct doubts){.server_of = calloc(jobs + 1, sizeof *doubts->server_of),
                              .jobs = jobs,
                              .again = calloc(jobs + 1, sizeof *doubts->again)};
    return doubts->server_of && doubts->again;
}

void doubts_end(struct doubts *doubts)
{
    free(doubts->server_of);
    free(doubts->again);
    *doubts = (struct doubts){0};
}

uint64_t doubts_note(struct doubts *doubts, size_t job, uint64_t server, bool served_before)
{
    doubts->server_of[job] = served_before ? server : ++doubts->servers;
    return doubts->server_of[job];
}

/* Nobody else serves one that is done anew: it comes to the list once, and there is room. */
void doubts_raise(struct doubts *doubts, uint64_t server)
{
    for (size_t i = 0; server != 0 && i < doubts->jobs; i++)
        if (doubts->server_of[i] == server) {
            doubts->server_of[i] = 0;
            doubts->again[doubts->count++] = i;
        }
}

bool doubts_left(const struct doubts *doubts)
{
    return doubts->next < doubts->count;
}

size_t doubts_take(struct doubts *doubts)
{
    return doubts->again[doubts->next++];
}
