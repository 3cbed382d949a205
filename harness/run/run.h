/*
 * One experiment under way: what the modules of the runner share. Internal to harness/run/.
 *
 * The way of an experiment (guarded.c): prepare -> start what may start, watch, until all but the services
 * have ended -> settle -> probes -> stop the services -> end everything -> outcome. All waiting is done in
 * watch.c, so that there is one place where the harness's end is noticed and one where time passes.
 */
#ifndef SOCKFAULT_RUN_RUN_H
#define SOCKFAULT_RUN_RUN_H

#include "harness/program/program.h"
#include "harness/run/experiment.h"
#include "harness/run/ground/isolate.h"
#include "harness/run/ground/ports.h"
#include "harness/run/observed.h"
#include "harness/run/start/preload.h"
#include "harness/run/trace/tracelog.h"
#include "harness/run/watch/bell.h"

#include <limits.h>

struct kept;
struct known_programs;
struct peer_progress;
struct rest;
struct spin;
struct stood;
struct zygotes;

/* What an experiment is given by its guardian. */
struct guard {
    const struct isolation *isolation; /* what it is in already */
    int lifeline;                      /* end of file here: the harness is gone; -1: nobody to watch */
    const struct softirq *softirq;     /* opened; NULL: none */
    const char *folder;                /* private, empty, absolute; whoever made it removes it */
    struct known_programs *known;      /* from experiments before; NULL: nothing is known, and nothing kept */
    struct kept *kept;                 /* services may live on in it; NULL: they end with the experiment */
    struct zygotes *zygotes;           /* no part of it: they stay; NULL: all processes are started afresh */
};

enum instance_state {
    INSTANCE_PENDING, /* waits for those it is `after` */
    INSTANCE_RUNNING,
    INSTANCE_ENDED,
    INSTANCE_SKIPPED, /* was never started: not_started says why */
};

/* What a process writes: read from a pipe, kept up to a limit. */
struct stream {
    int fd;     /* -1: closed */
    char *data; /* NULL or with a NUL behind it */
    size_t len, capacity;
    bool cut; /* there was more than the limit */
};

/* One process of a scenario that was, is or will be started. */
struct instance {
    const struct scenario_process *process;
    int index;           /* of it in the experiment */
    unsigned int number; /* 1.. of `count` */
    int probe_of;        /* -1, or the process whose `serves:` asked for it */
    char *name;          /* its role on the board: "client", "client#2", "client#next" */
    char *command;
    enum instance_state state;
    pid_t pid; /* 0: not started */
    int64_t started_ns, ended_ns, ready_ns;
    int wait_status; /* of waitpid(2), once ENDED */
    bool ready;
    bool baseline_done;  /* descriptors counted, or not wanted */
    unsigned int served; /* experiments before this one: a service that was kept */
    bool stopped;        /* was told to stop, and lived then */
    int64_t kill_at_ns;  /* ... and this is when its patience ends */
    enum kill_reason killed;
    uint64_t memory_peak; /* bytes, the most that was seen of one of its processes */
    char *memory_words;   /* of one that took too much: what is known of it */
    char *not_ready, *not_started, *waiting;
    bool spins; /* ... which says where it runs on and on */
    bool hello;
    int role;                       /* -1: none on the board yet */
    struct peer_progress *progress; /* of a scripted peer; NULL: a program, or not started yet */
    struct stream out, err;
    size_t matched_len;                 /* of out when the ready regex was last tried */
    int fds_before, fds_after, zombies; /* -1: not taken */
    char *fds_note, *fds_list;
};

struct run {
    const struct experiment *experiment;
    const struct run_options *options;
    const struct guard *guard;
    struct result *result;
    char dir[PATH_MAX + 8]; /* ${dir} */
    char board_path[PATH_MAX + 8];
    const char *shim; /* as it stands in LD_PRELOAD */
    char shim_link[PRELOAD_NAME_MAX];
    struct board *board;
    struct bell bell;
    struct ports ports;
    struct runtime runtime;
    struct rule *rules; /* as many as the experiment has faults */
    int rule_count;
    struct program *programs; /* one a process */
    struct instance *instances;
    size_t count;
    struct tracelog log;
    struct sites *sites; /* NULL: not asked for yet */
    int child_events;    /* signalfd of SIGCHLD */
    int64_t began_ns, deadline_ns, timeout_ns;
    struct rest *rest;      /* NULL: before the start, and at the end */
    struct spin *spin;      /* NULL: at the same times */
    int64_t memory_next_ns; /* CLOCK_MONOTONIC: when to look again who takes how much */
    struct stood *stood;    /* how its services may be kept; NULL: they may not */
    bool keeps;             /* ... and are: they are none of those who end */
    bool is_virtual;        /* time */
    bool is_held;           /* ... but it is not advanced, since somebody cannot be seen */
    bool timed_out;
    bool is_futile; /* it is certain that it will be: nothing happens before */
    bool spun;      /* a process runs on and on and gets nowhere: spin_of says which */
    bool at_rest;   /* proven: nothing happens any more, but by what the harness does */
    bool hung;      /* ... while there was something to wait for */
    bool orphaned;  /* the harness is gone: all that matters is to end everything */
};

/* The experiment cannot be carried out: the verdict, and why. The first reason stays. Returns false. */
bool run_give_up(struct run *run, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether run_give_up was called, it is to be run anew, or the harness is gone. */
bool run_lost(const struct run *run);

/* A line for result->notes, once however often it is said. */
void run_note(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where addresses are looked up; kept for the run. NULL: no memory. */
struct sites *run_sites(struct run *run);

/* Whether the shim is to be in it. */
bool instance_shimmed(const struct instance *instance);

/* Whether the run must see the shim in it, or the experiment is void. */
bool instance_needs_hello(const struct instance *instance);

/* The first instance of that process, for ${pid:NAME}; NULL. */
const struct instance *run_find(const struct run *run, const char *process);

/* Adds an instance, PENDING; NULL: no memory. Pointers to others may move. */
struct instance *run_add(struct run *run, int index, unsigned int number, int probe_of);

/* Gives back all it has. */
void instance_free(struct instance *instance);

/* The same, and then it is PENDING once more. false: no memory. */
bool instance_anew(const struct run *run, struct instance *instance);

#endif
