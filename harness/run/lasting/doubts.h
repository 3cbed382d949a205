/*
 * Which experiments were served by the same services (run/lasting/kept.h), to do those anew whose services
 * did not end as they should have: any of them may have been the one that harmed them.
 */
#ifndef SOCKFAULT_RUN_DOUBTS_H
#define SOCKFAULT_RUN_DOUBTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doubts {
    uint64_t *server_of; /* the services that served a job last, by number; 0: none yet */
    size_t jobs;
    uint64_t servers; /* numbers given out */
    size_t *again;    /* jobs to be done anew */
    size_t count, next;
};

/* false: no memory. Freed with doubts_end all the same. */
bool doubts_begin(struct doubts *doubts, size_t jobs);
void doubts_end(struct doubts *doubts);

/* A job was served, by `server` if its services had served before, else by others. Returns by whom. */
uint64_t doubts_note(struct doubts *doubts, size_t job, uint64_t server, bool served_before);

/* All that it served are to be done anew. */
void doubts_raise(struct doubts *doubts, uint64_t server);

/* Whether there are any left, and the next of them. */
bool doubts_left(const struct doubts *doubts);
size_t doubts_take(struct doubts *doubts);

#endif
