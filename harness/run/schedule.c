#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/run/guardian.h"
#include "harness/run/lasting/doubts.h"
#include "harness/run/outcome.h"
#include "harness/run/watch/ending.h"
#include "harness/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A guardian keeps its own deadlines; one that is so far behind them is broken. */
#define PATIENCE_NS (120 * NS_PER_S)
#define FAREWELL_NS (3 * NS_PER_S)
/* Descriptors for all else: standard ones, reports, the lifeline, one folder being removed. */
#define DESCRIPTORS_SPARE 32
#define ANSWER_LIMIT      ((size_t)256 << 20)

/* An experiment under way, or a guardian that waits for the next. */
struct slot {
    bool busy;     /* with `job` */
    bool alive;    /* the guardian and the folder are there */
    bool is_first; /* `job` is the first of that guardian */
    size_t job;
    struct guardian guardian;
    struct folder folder;
    char *answer;
    size_t len, capacity;
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
    struct guardians guardians;
    struct isolation isolation;
    char base[PATH_MAX];
    struct doubts doubts;
    struct slot *slots;
    size_t slot_count, busy;
    pid_t *spared; /* without namespaces: children that are none of ours, then the guardians, then 0 */
    size_t strangers;
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

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Without a PID namespace a guardian that died has left its processes to us (we are a subreaper). */
static void end_orphans(struct schedule *s)
{
    size_t count = s->strangers;
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].busy)
            s->spared[count++] = s->slots[i].guardian.pid;
    s->spared[count] = 0;
    end_descendants(s->spared);
}

/* Whether a guardian that ended so has seen its services end as they should. */
static bool services_seen(int status)
{
    return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == GUARDIAN_SPENT);
}

/* Ends all that is left of an experiment but its answer. Returns the guardian's wait status. */
static int clear_slot(struct schedule *s, struct slot *slot)
{
    close(slot->guardian.answer);
    if (slot->guardian.orders >= 0)
        close(slot->guardian.orders);
    int status = wait_for(slot->guardian.pid);
    slot->alive = false;
    if (!services_seen(status))
        doubts_raise(&s->doubts, slot->server);
    if (!s->isolation.processes && status != 0)
        end_orphans(s);
    if (s->options->keep)
        folder_release(&slot->folder);
    else
        folder_remove(&slot->folder);
    return status;
}

static bool start_guardian(struct schedule *s, struct slot *slot, const struct order *order,
                           struct diag *diag)
{
    slot->folder.lock = -1;
    slot->server = 0;
    slot->alive = folder_make(s->base, s->options->keep, &slot->folder, diag) &&
                  guardian_start(&s->guardians, order, &slot->folder, &slot->guardian, diag);
    if (!slot->alive)
        folder_remove(&slot->folder);
    return slot->alive;
}

/* real_because: it is run anew since virtual time was not right for it; NULL: it is the first time. Taken
 * over. */
static void start_job(struct schedule *s, struct slot *slot, size_t job, char *real_because)
{
    const struct experiment *experiment = experiment_of(s, job);
    struct order order = {job % s->count, seed_of(s, job), real_because ? CLOCK_REAL : CLOCK_DEFAULT,
                          slot->alone};
    struct diag diag = {0};
    if (slot->alive && !guardian_tell(&slot->guardian, &order))
        clear_slot(s, slot);
    slot->is_first = !slot->alive;
    slot->job = job;
    slot->len = 0;
    slot->real_because = real_because;
    if (!slot->alive && !start_guardian(s, slot, &order, &diag)) {
        deliver_error(s, job, diag.text);
        free(real_because);
        return;
    }
    int64_t timeout = experiment->timeout_ns > 0 ? experiment->timeout_ns : s->options->timeout_ns;
    slot->overdue_ns = clock_ns() + 2 * timeout + PATIENCE_NS;
    slot->busy = true;
    s->busy++;
}

static bool may_start(const struct schedule *s)
{
    int64_t until = s->options->start_until_ns;
    if (s->failed || *s->stop)
        return false;
    return doubts_left(&s->doubts) || (s->next < s->jobs && (until == 0 || clock_ns() < until));
}

static void start_next(struct schedule *s, struct slot *slot)
{
    slot->alone = doubts_left(&s->doubts);
    start_job(s, slot, slot->alone ? doubts_take(&s->doubts) : s->next++, NULL);
}

static void start_more(struct schedule *s)
{
    for (size_t i = 0; i < s->slot_count; i++)
        while (!s->slots[i].busy && may_start(s))
            start_next(s, &s->slots[i]);
}

/* Reads what has come of an answer. Returns false at its end, or when there is none. */
static bool read_answer(struct slot *slot)
{
    if (slot->capacity - slot->len < 65536) {
        size_t capacity = slot->capacity ? 2 * slot->capacity : 131072;
        char *more = capacity <= ANSWER_LIMIT ? realloc(slot->answer, capacity) : NULL;
        if (!more)
            return false;
        slot->answer = more;
        slot->capacity = capacity;
    }
    ssize_t got = read(slot->guardian.answer, slot->answer + slot->len, slot->capacity - slot->len);
    if (got > 0)
        slot->len += (size_t)got;
    return (got > 0 && guardian_answer(slot->answer, slot->len) == 0) || (got < 0 && errno == EINTR);
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

/* What the slot has to say besides, and then it has nothing any more. */
static void add_notes(struct schedule *s, struct slot *slot, struct result *result)
{
    if (slot->real_because)
        phrase_append(&result->notes, "\n", "run anew in real time: %s", slot->real_because);
    if (s->options->keep)
        phrase_append(&result->notes, "\n", "kept: %s", slot->folder.path);
}

/* One that lasts goes on waiting once it has answered. */
static int let_go(struct schedule *s, struct slot *slot, size_t answered)
{
    slot->busy = false;
    s->busy--;
    return answered && slot->guardian.orders >= 0 ? 0 : clear_slot(s, slot);
}

static void finish(struct schedule *s, struct slot *slot)
{
    struct result result = {0};
    struct diag diag = {0};
    size_t size = guardian_answer(slot->answer, slot->len);
    int status = let_go(s, slot, size);
    if (status != 0 && !slot->is_first) { /* of what came before, maybe: that must not harm this one */
        start_job(s, slot, slot->job, slot->real_because);
        return;
    }
    bool read = status == 0 && result_from_json(slot->answer + GUARDIAN_ANSWER_BEGIN, size, &result, &diag);
    char *again = read && !slot->real_because ? result.again : NULL;
    if (again)
        result.again = NULL;
    else if (read)
        add_notes(s, slot, &result);
    free(slot->real_because);
    slot->real_because = NULL;
    if (again) {
        if (result.doubted) /* of those who were served before: it is not one of them yet */
            doubts_raise(&s->doubts, slot->server);
        result_free(&result);
        start_job(s, slot, slot->job, again);
    } else if (read) {
        bool doubted = result.doubted;
        slot->server = slot->alone ? 0 : doubts_note(&s->doubts, slot->job, slot->server, result.served > 0);
        deliver(s, slot->job, &result);
        if (doubted)
            doubts_raise(&s->doubts, slot->server);
    } else {
        explain_death(s, slot->job, status);
    }
}

/* Waits for the first of: an answer, a signal, a guardian's patience at its end. */
static int wait_for_answers(struct schedule *s, struct pollfd *fds)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        fds[i] = (struct pollfd){.fd = slot->busy ? slot->guardian.answer : -1, .events = POLLIN};
        if (slot->busy && slot->overdue_ns < next)
            next = slot->overdue_ns;
    }
    int64_t left = next - clock_ns();
    left = left > 0 ? left : 0;
    struct timespec wait = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
    return ppoll(fds, s->slot_count, &wait, &s->before);
}

static void step(struct schedule *s, struct pollfd *fds)
{
    if (wait_for_answers(s, fds) < 0)
        return;
    int64_t now = clock_ns();
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->busy && fds[i].revents && !read_answer(slot))
            finish(s, slot);
        else if (slot->busy && now >= slot->overdue_ns)
            kill(slot->guardian.pid, SIGKILL); /* the end of its answer comes next */
    }
}

/*
 * Stopped: all that was started is ended. In a namespace the guardian's death is enough. Without, the
 * guardian has to do it: it is told by closing the lifeline, and has so long for it.
 */
static void abandon(struct schedule *s)
{
    int64_t until = clock_ns() + FAREWELL_NS;
    close(s->guardians.lifeline[1]);
    s->guardians.lifeline[1] = -1;
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        if (!slot->busy)
            continue;
        struct pollfd fd = {.fd = slot->guardian.answer, .events = POLLIN};
        while (!s->isolation.processes && clock_ns() < until && poll(&fd, 1, clock_ms_until(until)) > 0 &&
               read_answer(slot))
            ;
        kill(slot->guardian.pid, SIGKILL);
        let_go(s, slot, 0);
    }
}

/* Guardians that wait for more end when there is none. */
static void dismiss(struct schedule *s)
{
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].alive)
            shutdown(s->slots[i].guardian.orders, SHUT_RDWR);
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->alive)
            clear_slot(s, slot);
        free(slot->answer);
        free(slot->real_because);
        slot->answer = slot->real_because = NULL;
        slot->len = slot->capacity = 0;
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

/* A slot takes an answer's pipe and a folder; both ends of a pipe while it begins. */
static size_t slots_allowed(size_t wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return wanted;
    rlim_t room = files.rlim_cur > DESCRIPTORS_SPARE + 2 ? (files.rlim_cur - DESCRIPTORS_SPARE) / 2 : 1;
    return wanted < room ? wanted : (size_t)room;
}

static bool prepare(struct schedule *s, struct diag *diag)
{
    if (!folder_base(s->base, diag))
        return false;
    isolate_probe(&s->isolation);
    softirq_find(&s->guardians.softirq);
    folder_sweep(s->base);
    if (pipe2(s->guardians.lifeline, O_CLOEXEC) < 0) {
        diag_set(diag, STATUS_TROUBLE, "pipe: %s", strerror(errno));
        return false;
    }
    pid_t *children = end_children();
    while (children && children[s->strangers])
        s->strangers++;
    s->slot_count = slots_allowed(s->options->jobs ? s->options->jobs : 1);
    s->slot_count = s->slot_count < s->jobs ? s->slot_count : s->jobs;
    s->slots = calloc(s->slot_count + 1, sizeof *s->slots);
    s->spared = realloc(children, (s->strangers + s->slot_count + 1) * sizeof *s->spared);
    if (!doubts_begin(&s->doubts, s->jobs) || !s->slots || !s->spared) {
        diag_set(diag, STATUS_TROUBLE, "out of memory");
        return false;
    }
    if (!s->isolation.processes)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    return true;
}

static void undo(struct schedule *s)
{
    for (int i = 0; i < 2; i++)
        if (s->guardians.lifeline[i] >= 0)
            close(s->guardians.lifeline[i]);
    doubts_end(&s->doubts);
    free(s->slots);
    free(s->spared);
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
                         .context = context,

                         .guardians = {.options = options, .experiments = experiments, .lifeline = {-1, -1}}};
    s.guardians.isolation = &s.isolation;
    bool ready = prepare(&s, diag);
    struct pollfd *fds = ready ? calloc(s.slot_count + 1, sizeof *fds) : NULL;
    if (fds) {
        block_signals(&s);
        start_more(&s);
        do {
            while (s.busy > 0 && !*stop) {
                step(&s, fds);
                start_more(&s);
            }
            if (s.busy > 0)
                abandon(&s);
            dismiss(&s); /* which may raise doubts */
            start_more(&s);
        } while (s.busy > 0);
        sigprocmask(SIG_SETMASK, &s.before, NULL);
    }
    free(fds);
    undo(&s);
    return ready;
}
