#include "harness/run/watch/rest.h"

#include "harness/clock.h"
#include "harness/quiet/advance.h"
#include "harness/quiet/quiet.h"
#include "harness/quiet/timers.h"
#include "harness/run/lasting/zygotes.h"
#include "harness/run/watch/virtual.h"
#include "harness/text.h"
#include "shim/model/unseen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Looks cost the participants time on a processor: at first soon, then more and more seldom. */
#define SOONEST_NS   (60 * INT64_C(1000))
#define BUSIEST_NS   (1 * NS_PER_MS)
#define SELDOMEST_NS (8 * NS_PER_MS)
/* Who is between fork and exec, or on its way to say hello, is not seen for a moment. */
#define UNSEEN_FOR_NS (50 * NS_PER_MS)

enum { LOOKS_FOR_PROOF = 3 };

struct rest {
    struct quiet quiet;
    int64_t next_ns, pause_ns; /* CLOCK_MONOTONIC */
    uint64_t calls;            /* begun when it was looked last */
    bool is_busy;              /* they had begun others by then */
    bool seems;                /* answer says that they rest, and is to be confirmed */
    struct quiet_answer answer;
    unsigned int proofs;     /* looks in a row that found nothing will ever happen */
    int64_t unseen_since_ns; /* 0: all was seen when it was looked last */
    uint32_t marks;          /* of board->unseen that have been told */
    int64_t offset_ns;       /* of the clock when it began */
    uint64_t times;          /* rest_times */
    uint64_t jumps, looks;   /* as in struct result */
};

int64_t run_now(const struct run *run)
{
    return run->board ? advance_now(run->board) : clock_ns();
}

struct quiet_scope rest_scope(const struct run *run)
{
    const struct isolation *isolation = run->guard->isolation;
    return (struct quiet_scope){
        .board = run->board,
        .of = {.root = getpid(), .whole = isolation->processes, .apart = zygotes_pids(run->guard->zygotes)},
        .private_network = isolation->network,
        .listeners_open = run->experiment->shares_network,
        .softirq = run->guard->softirq};
}

void rest_begin(struct run *run)
{
    if (run->options->tool == MEMORY_VALGRIND)
        return;
    run->rest = calloc(1, sizeof *run->rest);
    if (!run->rest) {
        run_give_up(run, VERDICT_ERROR, "out of memory");
        return;
    }
    run->rest->offset_ns = atomic_load(&run->board->offset_ns);
    run->rest->quiet.scope = rest_scope(run);
    rest_stir(run);
}

void rest_end(struct run *run)
{
    if (!run->rest)
        return;
    run->result->advanced_ns = atomic_load(&run->board->offset_ns) - run->rest->offset_ns;
    run->result->jumps = run->rest->jumps;
    run->result->looks = run->rest->looks;
    quiet_free(&run->rest->quiet);
    free(run->rest);
    run->rest = NULL;
}

void rest_stir(struct run *run)
{
    struct rest *rest = run->rest;
    if (!rest)
        return;
    quiet_release(&rest->quiet);
    rest->seems = false;
    rest->pause_ns = SOONEST_NS;
    rest->next_ns = clock_ns() + rest->pause_ns;
    rest->proofs = 0;
    run->at_rest = false;
}

int64_t rest_next_ns(const struct run *run)
{
    if (!run->rest)
        return INT64_MAX;
    int64_t due = advance_due(run->board), timers = timers_due(run->board);
    due = timers < due ? timers : due;
    due = due == BOARD_NEVER ? due : due - atomic_load(&run->board->offset_ns);
    return run->is_virtual && due < run->rest->next_ns ? due : run->rest->next_ns;
}

uint64_t rest_times(const struct run *run)
{
    return run->rest ? run->rest->times : 0;
}

bool rest_tells(const struct run *run)
{
    const struct rest *rest = run->rest;
    return rest && (rest->answer.state == QUIET_BUSY || rest->answer.state == QUIET_REST);
}

static void look_less_often(struct run *run, int64_t seldomest_ns)
{
    struct rest *rest = run->rest;
    quiet_release(&rest->quiet);
    rest->pause_ns = 2 * rest->pause_ns < seldomest_ns ? 2 * rest->pause_ns : seldomest_ns;
    rest->next_ns = clock_ns() + rest->pause_ns;
    rest->proofs = 0;
    run->at_rest = false;
}

/* Timers and waits whose time has come. */
static void let_happen(struct run *run, bool again)
{
    timers_fire(run->board, advance_now(run->board));
    advance_wake(run->board, again);
}

/* Nothing happens until then. */
static void go_on_to(struct run *run, int64_t moment_ns)
{
    if (!run->is_virtual || run->is_held) {
        look_less_often(run, SELDOMEST_NS);
        return;
    }
    timerfds_move(&run->rest->quiet.timerfds, advance_to(run->board, moment_ns));
    quiet_release(&run->rest->quiet);
    let_happen(run, true);
    run->rest->is_busy = false;
    rest_stir(run);
}

/* What programs said themselves cannot be virtual. */
static void heed_marks(struct run *run)
{
    uint32_t marks = atomic_load(&run->board->unseen);
    unsigned from = 0;
    if (marks == run->rest->marks || !run->is_virtual)
        return;
    const char *reason = unseen_next(marks & ~run->rest->marks, &from);
    run->rest->marks = marks;
    if (reason)
        virtual_is_wrong(run, "a program used %s", reason);
}

static char *process_name(const struct quiet_answer *answer)
{
    char path[64], name[64] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", (int)answer->pid);
    FILE *file = fopen(path, "re");
    if (file && !fgets(name, sizeof name, file))
        name[0] = '\0';
    if (file)
        fclose(file);
    name[strcspn(name, "\n")] = '\0';
    return text_format("process %d%s%s%s", (int)answer->pid, name[0] ? " (" : "", name, name[0] ? ")" : "");
}

/* Somebody sleeps in what is not seen. Meanwhile the time goes by as it does, and that is right for all who
 * ask a clock that is virtual; who is not under the shim asks others. */
static void heed_unseen(struct run *run, const struct quiet_answer *answer)
{
    struct rest *rest = run->rest;
    int64_t now = clock_ns();
    if (answer->state != QUIET_UNSEEN) {
        rest->unseen_since_ns = 0;
        return;
    }
    if (rest->unseen_since_ns == 0)
        rest->unseen_since_ns = now;
    if (now - rest->unseen_since_ns < UNSEEN_FOR_NS || !run->is_virtual || run->is_held)
        return;
    char *name = answer->pid ? process_name(answer) : NULL;
    if (answer->stranger)
        virtual_is_wrong(run, "%s is not under the shim", name ? name : "a process");
    else
        run_note(run, "the time went by as it does while it could not be advanced: %s%s%s", name ? name : "",
                 name ? ": " : "", answer->why);
    free(name);
}

/* Nobody's time comes before the kernel gives a half-open connection up, and that may be past the end. */
static void wait_in_vain(struct run *run, int64_t until_ns)
{
    bool is_futile = run->deadline_ns - clock_ns() < until_ns - run_now(run);
    if (is_futile && !run->is_futile)
        run_note(run, "the rest of the time was not waited for: nothing happens until the kernel gives a "
                      "half-open connection up (tcp(7), tcp_retries2)");
    run->is_futile = is_futile;
    look_less_often(run, SELDOMEST_NS);
}

void rest_goes_on(struct run *run, const struct quiet_answer *answer, int64_t until_ns)
{
    struct rest *rest = run->rest;
    int64_t due = answer->due_ns;
    rest->times++;
    if (answer->by_kernel && due <= until_ns) {
        wait_in_vain(run, due);
        return;
    }
    if (due != BOARD_NEVER || (until_ns != INT64_MAX && run->is_virtual && !run->is_held)) {
        rest->jumps += run->is_virtual && !run->is_held && due <= until_ns;
        go_on_to(run, due < until_ns ? due : until_ns);
        return;
    }
    quiet_release(&rest->quiet);
    rest->next_ns = clock_ns() + SOONEST_NS;
    run->at_rest = ++rest->proofs >= LOOKS_FOR_PROOF;
}

/* Whether they have gone on making calls since the time before: then no closer look is needed to tell. */
static bool is_busy_still(struct rest *rest, const struct run *run)
{
    uint64_t calls = quiet_calls(run->board);
    bool was_busy = rest->is_busy;
    rest->is_busy = calls != rest->calls;
    rest->calls = calls;
    return was_busy && rest->is_busy;
}

static void look(struct run *run)
{
    struct rest *rest = run->rest;
    rest->looks++;
    quiet_begin(&rest->quiet, &rest->answer);
    heed_unseen(run, &rest->answer);
    rest->seems = rest->answer.state == QUIET_REST;
    if (rest->seems)
        rest->next_ns = clock_ns() + QUIET_MOMENT_NS;
    else
        look_less_often(run, SELDOMEST_NS);
}

/*
 * What they did last may be what the harness waits for before it starts somebody, or counts descriptors: it
 * has to have had its turn since. It has when this is asked for again, and that confirms that they rest.
 */
bool rest_look(struct run *run, struct quiet_answer *ret)
{
    struct rest *rest = run->rest;
    if (!rest)
        return false;
    heed_marks(run);
    if (run->is_virtual)
        let_happen(run, false);
    if (clock_ns() < rest->next_ns)
        return false;
    if (rest->seems) {
        rest->seems = false;
        *ret = rest->answer;
        if (quiet_goes_on(&rest->quiet))
            return true;
        rest_stir(run);
    } else if (is_busy_still(rest, run)) {
        look_less_often(run, BUSIEST_NS);
    } else {
        look(run);
    }
    return false;
}
