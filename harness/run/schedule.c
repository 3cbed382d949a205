#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/run/lasting/doubts.h"
#include "harness/run/outcome.h"
#include "harness/run/slots.h"
#include "harness/text.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* A guardian keeps its own deadlines; one that is so far behind them is broken. */
#define PATIENCE_NS (120 * NS_PER_S)

/* What a slot is at, or was last. */
struct turn {
    bool busy;     /* with `job` */
    bool is_first; /* `job` is the first of that guardian */
    size_t job;
    int64_t overdue_ns;
    uint64_t server; /* what served this guardian's last job: doubts.h; 0: nothing that could be in doubt */
    bool alone;      /* `job` is one that was in doubt */
    char *real_because; /* it runs for the second time, by the real clock; or NULL */
};

struct schedule {
    const struct experiment *const *experiments;
    size_t count, next, jobs; /* jobs: experiments times repeats */
    const struct run_options *options;
    const volatile int *stop;
    void (*done)(void *context, size_t index, struct result *result);
    void *context;
    struct doubts doubts;
    struct slots slots;
    struct turn *turns;    /* of each slot */
    struct pollfd *polled; /* the same */
    size_t busy;
    sigset_t before; /* signal mask of the caller, for waiting */
    bool failed;     /* with fail_fast: nothing more is started */
};

static const struct experiment *experiment_of(const struct schedule *s, size_t job)
{
    return s->experiments[job % s->count];
}

/* A repetition draws anew, unless the scenario says what to draw. */
static uint64_t seed_of(const struct schedule *s, size_t job)
{
    return s->options->seed + job / s->count;
}

/* Of several results of one experiment, which this is: "the name #2/3". */
static void number_result(const struct schedule *s, size_t job, struct result *result)
{
    size_t of = s->jobs / s->count;
    char *name = of > 1 ? text_format("%s #%zu/%zu", result->name, job / s->count + 1, of) : NULL;
    if (name == NULL)
        return;
    free(result->name);
    result->name = name;
}

static void deliver(struct schedule *s, size_t job, struct result *result)
{
    number_result(s, job, result);
    bool held = result->verdict == VERDICT_PASS || result->verdict == VERDICT_SKIP;
    s->failed = s->failed || (s->options->fail_fast && !held);
    s->done(s->context, job % s->count, result);
}

static void deliver_error(struct schedule *s, size_t job, const char *reason)
{
    struct result result;
    outcome_begin(experiment_of(s, job), seed_of(s, job), &result);
    result.verdict = VERDICT_ERROR;
    result.reason = strdup(reason);
    deliver(s, job, &result);
}

/* Whether a guardian that ended so has seen its services end as they should. */
static bool services_seen(int status)
{
    return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == GUARDIAN_SPENT);
}

/* Ends all that is left of an experiment but its answer. Returns the guardian's wait status. */
static int clear(struct schedule *s, size_t i)
{
    int status = slot_clear(&s->slots, &s->slots.items[i]);
    if (!services_seen(status))
        doubts_raise(&s->doubts, s->turns[i].server);
    return status;
}

/* One that is no more, or as good as, is replaced by another. */
static bool tell_or_start(struct schedule *s, size_t i, const struct order *order, struct diag *diag)
{
    struct slot *slot = &s->slots.items[i];
    s->turns[i].is_first = !slot->alive;
    if (slot->alive && slot_start(&s->slots, slot, order, diag))
        return true;
    if (slot->alive)
        clear(s, i);
    s->turns[i].is_first = true;
    s->turns[i].server = 0;
    return slot_start(&s->slots, slot, order, diag);
}

/* real_because: it is run anew since virtual time was not right for it; NULL: it is the first time. Taken
 * over. */
static void start_job(struct schedule *s, size_t i, size_t job, char *real_because)
{
    struct turn *turn = &s->turns[i];
    const struct experiment *experiment = experiment_of(s, job);
    struct order order = {job % s->count, seed_of(s, job), real_because ? CLOCK_REAL : CLOCK_DEFAULT,
                          turn->alone};
    struct diag diag = {0};
    turn->job = job;
    turn->real_because = real_because;
    if (!tell_or_start(s, i, &order, &diag)) {
        deliver_error(s, job, diag.text);
        free(real_because);
        turn->real_because = NULL;
        return;
    }
    int64_t timeout = experiment->timeout_ns > 0 ? experiment->timeout_ns : s->options->timeout_ns;
    turn->overdue_ns = clock_ns() + 2 * timeout + PATIENCE_NS;
    turn->busy = true;
    s->busy++;
}

static bool may_start(const struct schedule *s)
{
    int64_t until = s->options->start_until_ns;
    if (s->failed || *s->stop)
        return false;
    return doubts_left(&s->doubts) || (s->next < s->jobs && (until == 0 || clock_ns() < until));
}

static void start_next(struct schedule *s, size_t i)
{
    struct turn *turn = &s->turns[i];
    turn->alone = doubts_left(&s->doubts);
    start_job(s, i, turn->alone ? doubts_take(&s->doubts) : s->next++, NULL);
}

static void start_more(struct schedule *s)
{
    for (size_t i = 0; i < s->slots.count; i++)
        while (!s->turns[i].busy && may_start(s))
            start_next(s, i);
}

static void explain_death(struct schedule *s, size_t job, int status)
{
    char name[TEXT_SIGNAL_MAX], *reason;
    if (WIFSIGNALED(status))
        reason = text_format("the guardian of this experiment was killed by %s",
                             text_signal(WTERMSIG(status), name));
    else
        reason = text_format("the guardian of this experiment ended with status %d and no result",
                             WEXITSTATUS(status));
    deliver_error(s, job, reason ? reason : "the guardian of this experiment died");
    free(reason);
}

static void add_notes(const struct schedule *s, size_t i, struct result *result)
{
    if (s->turns[i].real_because)
        phrase_append(&result->notes, "\n", "run anew in real time: %s", s->turns[i].real_because);
    if (s->options->keep)
        phrase_append(&result->notes, "\n", "kept: %s", s->slots.items[i].folder.path);
}

/* One that lasts goes on waiting once it has answered. */
static int let_go(struct schedule *s, size_t i, size_t answered)
{
    s->turns[i].busy = false;
    s->busy--;
    return answered && s->slots.items[i].guardian.orders >= 0 ? 0 : clear(s, i);
}

/* It is run anew by the real clock, for that reason (taken over). */
static void start_again(struct schedule *s, size_t i, const struct result *result, char *because)
{
    if (result->doubted) /* of those who were served before: it is not one of them yet */
        doubts_raise(&s->doubts, s->turns[i].server);
    start_job(s, i, s->turns[i].job, because);
}

static void finish_well(struct schedule *s, size_t i, struct result *result)
{
    struct turn *turn = &s->turns[i];
    bool doubted = result->doubted;
    add_notes(s, i, result);
    turn->server = turn->alone ? 0 : doubts_note(&s->doubts, turn->job, turn->server, result->served > 0);
    deliver(s, turn->job, result);
    if (doubted)
        doubts_raise(&s->doubts, turn->server);
}

static void finish(struct schedule *s, size_t i)
{
    struct turn *turn = &s->turns[i];
    const struct slot *slot = &s->slots.items[i];
    struct result result = {0};
    struct diag diag = {0};
    size_t size = slot_answered(slot);
    int status = let_go(s, i, size);
    if (status != 0 && !turn->is_first) { /* of what came before, maybe: that must not harm this one */
        start_job(s, i, turn->job, turn->real_because);
        return;
    }
    bool read = status == 0 && result_from_json(slot->answer + GUARDIAN_ANSWER_BEGIN, size, &result, &diag);
    char *again = read && !turn->real_because ? result.again : NULL;
    if (again) {
        result.again = NULL;
        start_again(s, i, &result, again);
        result_free(&result);
        return;
    }
    if (read)
        finish_well(s, i, &result);
    else
        explain_death(s, turn->job, status);
    free(turn->real_because);
    turn->real_because = NULL;
}

/* Waits for the first of: an answer, a signal, a guardian's patience at its end. */
static int wait_for_answers(const struct schedule *s)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < s->slots.count; i++) {
        const struct turn *turn = &s->turns[i];
        s->polled[i] =
            (struct pollfd){.fd = turn->busy ? s->slots.items[i].guardian.answer : -1, .events = POLLIN};
        if (turn->busy && turn->overdue_ns < next)
            next = turn->overdue_ns;
    }
    int64_t left = next - clock_ns();
    left = left > 0 ? left : 0;
    struct timespec wait = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
    return ppoll(s->polled, s->slots.count, &wait, &s->before);
}

static void step(struct schedule *s)
{
    if (wait_for_answers(s) < 0)
        return;
    int64_t now = clock_ns();
    for (size_t i = 0; i < s->slots.count; i++) {
        struct slot *slot = &s->slots.items[i];
        if (s->turns[i].busy && s->polled[i].revents && !slot_read(slot))
            finish(s, i);
        else if (s->turns[i].busy && now >= s->turns[i].overdue_ns)
            kill(slot->guardian.pid, SIGKILL); /* the end of its answer comes next */
    }
}

/* Stopped. */
static void abandon(struct schedule *s)
{
    slots_abandon(&s->slots);
    for (size_t i = 0; i < s->slots.count; i++)
        if (s->turns[i].busy)
            let_go(s, i, 0);
}

/* Guardians that wait for more end when there is none. */
static void dismiss(struct schedule *s)
{
    slots_dismiss(&s->slots);
    for (size_t i = 0; i < s->slots.count; i++) {
        if (s->slots.items[i].alive)
            clear(s, i);
        free(s->turns[i].real_because);
        s->turns[i].real_because = NULL;
    }
}

static void block_signals(struct schedule *s)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++)
        sigaddset(&set, stopping[i]);
    /* They are let in while waiting only, so that none slips in between the look at *stop and the wait. */
    sigprocmask(SIG_BLOCK, &set, &s->before);
}

static bool prepare(struct schedule *s, struct diag *diag)
{
    size_t wanted = s->options->jobs ? s->options->jobs : 1;
    if (!slots_begin(&s->slots, s->options, s->experiments, wanted < s->jobs ? wanted : s->jobs, diag))
        return false;
    s->turns = calloc(s->slots.count + 1, sizeof *s->turns);
    s->polled = calloc(s->slots.count + 1, sizeof *s->polled);
    if (doubts_begin(&s->doubts, s->jobs) && s->turns && s->polled)
        return true;
    diag_set(diag, STATUS_TROUBLE, "out of memory");
    return false;
}

/* Until all have been run, or none is to be started any more. */
static void run_all(struct schedule *s)
{
    start_more(s);
    do {
        while (s->busy > 0 && !*s->stop) {
            step(s);
            start_more(s);
        }
        if (s->busy > 0)
            abandon(s);
        dismiss(s); /* which may raise doubts */
        start_more(s);
    } while (s->busy > 0);
}

bool schedule_run(const struct experiment *const *experiments, size_t count,
                  const struct run_options *options, const volatile int *stop,
                  void (*done)(void *context, size_t index, struct result *result), void *context,
                  struct diag *diag)
{
    struct schedule s = {.experiments = experiments,
                         .count = count,
                         .jobs = count * (options->repeat ? options->repeat : 1),
                         .options = options,
                         .stop = stop,
                         .done = done,
                         .context = context};
    bool ready = prepare(&s, diag);
    if (ready) {
        block_signals(&s);
        run_all(&s);
        sigprocmask(SIG_SETMASK, &s.before, NULL);
    }
    free(s.turns);
    free(s.polled);
    doubts_end(&s.doubts);
    slots_end(&s.slots);
    return ready;
}
