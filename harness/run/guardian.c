#include "harness/run/guardian.h"

#include "harness/run/guarded.h"
#include "harness/run/lasting/worker.h"
#include "harness/run/outcome.h"
#include "harness/run/watch/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int by_number(const void *left, const void *right)
{
    const int *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Closes everything but 0, 1, 2 and those: what the harness has open is not ours, other guardians' pipes
 * least of all. */
static void close_others(int *kept, size_t count)
{
    unsigned int next = 3;
    qsort(kept, count, sizeof *kept, by_number);
    for (size_t i = 0; i < count; i++) {
        unsigned int fd = (unsigned int)kept[i];
        if (fd > next)
            close_range(next, fd - 1, 0);
        next = fd + 1 > next ? fd + 1 : next;
    }
    close_range(next, ~0u, 0);
}

/* A descriptor opened later must not become anybody's standard output. */
static void open_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

static void own_signals(void)
{
    static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2};
    sigset_t none;
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        signal(defaults[i], SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t wrote = write(fd, (const char *)bytes + done, len - done);
        if (wrote < 0 && errno != EINTR)
            break;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return done == len;
}

static bool send_result(int fd, const struct result *result)
{
    char *text = result_to_json(result);
    uint64_t len = text ? strlen(text) : 0;
    bool sent = len > 0 && write_all(fd, &len, sizeof len) && write_all(fd, text, len);
    free(text);
    return sent;
}

size_t guardian_answer(const char *bytes, size_t len)
{
    uint64_t size = 0;
    if (len >= sizeof size)
        memcpy(&size, bytes, sizeof size);
    return size > 0 && len - sizeof size >= size ? (size_t)size : 0;
}

/* What the child is given; everything in it is the parent's, copied by the fork. */
struct task {
    const struct guardians *guardians;
    struct order order;
    struct isolation isolation;
    struct folder *folder;
    int answer, orders;
    uid_t uid;
    gid_t gid;
};

static struct run_options options_for(const struct task *task)
{
    struct run_options options = *task->guardians->options;
    options.seed = task->order.seed;
    if (task->order.clock != CLOCK_DEFAULT)
        options.clock = task->order.clock;
    if (task->order.alone)
        options.services_end = NULL;
    return options;
}

static bool is_lasting(const struct task *task)
{
    return task->orders >= 0;
}

/* Carries the order out and answers it. */
static enum worker_end run_order(const struct task *task, const struct softirq *softirq,
                                 struct worker *worker, struct result *ret)
{
    const struct experiment *experiment = task->guardians->experiments[task->order.index];
    struct run_options options = options_for(task);
    struct guard guard = {.isolation = &task->isolation,
                          .lifeline = task->guardians->lifeline[0],
                          .softirq = softirq,
                          .folder = task->folder->path,
                          .known = is_lasting(task) ? &worker->known : NULL,
                          .kept = is_lasting(task) ? &worker->kept : NULL,
                          .zygotes = is_lasting(task) ? &worker->zygotes : NULL};
    enum worker_end end = worker_clear(worker, experiment, &options);
    if (end != WORKER_GOES_ON)
        return end;
    bool told = guarded_run(experiment, &options, &guard, ret) && send_result(task->answer, ret);
    return told ? WORKER_GOES_ON : WORKER_UNWANTED;
}

static void answer_not_isolated(const struct task *task, const char *why)
{
    struct result result;
    outcome_begin(task->guardians->experiments[task->order.index], task->order.seed, &result);
    result.verdict = VERDICT_ERROR;
    result.reason = strdup(why);
    send_result(task->answer, &result);
    result_free(&result);
}

static int status_of(enum worker_end end)
{
    if (end == WORKER_DOUBT)
        return GUARDIAN_DOUBT;
    return end == WORKER_SPENT ? GUARDIAN_SPENT : 0;
}

/* Returns the status to exit with. */
static int run_tasks(struct task *task)
{
    struct softirq softirq;
    struct worker worker;
    struct diag diag = {0};
    enum worker_end end;
    softirq_open(&task->guardians->softirq, &softirq); /* as long as /proc shows them */
    if (!isolate_enter(&task->isolation, task->uid, task->gid, &diag)) {
        answer_not_isolated(task, diag.text);
        return 0;
    }
    worker_begin(&worker, task->folder, task->orders);
    do {
        struct result result = {0};
        end = run_order(task, &softirq, &worker, &result);
        if (end == WORKER_GOES_ON)
            end = worker_next(&worker, &result, &task->order);
        result_free(&result);
    } while (end == WORKER_GOES_ON);
    bool ours = end == WORKER_UNWANTED || (end == WORKER_DONE && is_lasting(task)); /* the folder */
    end = worker_close(&worker, end);
    softirq_close(&softirq);
    if (!task->guardians->options->keep && ours)
        folder_remove(task->folder);
    return status_of(end);
}

static _Noreturn void guard(struct task *task)
{
    int kept[] = {task->guardians->lifeline[0], task->answer, task->folder->lock,
                  task->guardians->options->survey, task->orders < 0 ? 0 : task->orders};
    close(task->guardians->lifeline[1]); /* by name: without it the harness's end would never be seen */
    close_others(kept, sizeof kept / sizeof *kept);
    open_standard();
    own_signals();
    if (task->guardians->options->debugger)
        signal(SIGINT, SIG_IGN); /* it is for the debugger, whose terminal ours has to stay */
    else
        setsid();
    mend_begin();
    prctl(PR_SET_NAME, "sockfault-guard");
    if (!task->isolation.processes)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    _exit(run_tasks(task));
}

/* orders[0] is the harness's end. false with *diag. */
static bool open_ways(bool lasting, int answer[2], int orders[2], struct diag *diag)
{
    orders[0] = orders[1] = -1;
    if (pipe2(answer, O_CLOEXEC) < 0) {
        diag_set(diag, STATUS_TROUBLE, "pipe: %s", strerror(errno));
        return false;
    }
    if (lasting && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders) < 0)
        orders[0] = orders[1] = -1; /* it will be for one experiment then */
    return true;
}

static void close_way(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool guardian_start(const struct guardians *guardians, const struct order *order, struct folder *folder,
                    struct guardian *ret, struct diag *diag)
{
    int answer[2], orders[2];
    struct isolation isolation = *guardians->isolation;
    if (guardians->experiments[order->index]->shares_network)
        isolate_share_network(&isolation);
    if (!open_ways(worker_allowed(guardians->options, &isolation), answer, orders, diag))
        return false;
    struct task task = {guardians, *order, isolation, folder, answer[1], orders[1], geteuid(), getegid()};
    pid_t pid = isolate_fork(&task.isolation);
    if (pid == 0)
        guard(&task);
    int error = errno;
    close(answer[1]);
    close_way(orders[1]);
    if (pid > 0) {
        *ret = (struct guardian){.pid = pid, .answer = answer[0], .orders = orders[0]};
        return true;
    }
    close(answer[0]);
    close_way(orders[0]);
    diag_set(diag, STATUS_TROUBLE, "a guardian cannot be started: %s", strerror(error));
    return false;
}

bool guardian_tell(const struct guardian *guardian, const struct order *order)
{
    return send(guardian->orders, order, sizeof *order, MSG_NOSIGNAL) == (ssize_t)sizeof *order;
}
