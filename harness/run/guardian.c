#include "harness/run/guardian.h"

#include "harness/run/guarded.h"
#include "harness/run/mend.h"
#include "harness/run/outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

static bool send_result(int fd, const struct result *result)
{
    char *text = result_to_json(result);
    size_t len = text ? strlen(text) : 0, done = 0;
    while (done < len) {
        ssize_t wrote = write(fd, text + done, len - done);
        if (wrote < 0 && errno != EINTR)
            break;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    free(text);
    return len > 0 && done == len;
}

/* What the child is given; everything in it is the parent's, copied by the fork. */
struct task {
    const struct guardians *guardians;
    const struct experiment *experiment;
    struct run_options options;
    struct folder *folder;
    int answer;
    uid_t uid;
    gid_t gid;
};

static bool run_task(const struct task *task)
{
    const struct isolation *isolation = task->guardians->isolation;
    struct softirq softirq;
    struct guard guard = {isolation, task->guardians->lifeline[0], &softirq, task->folder->path};
    struct result result;
    struct diag diag = {0};
    bool wanted = true;
    softirq_open(&task->guardians->softirq, &softirq); /* as long as /proc shows them */
    if (isolate_enter(isolation, task->uid, task->gid, &diag)) {
        wanted = guarded_run(task->experiment, &task->options, &guard, &result);
    } else {
        outcome_begin(task->experiment, task->options.seed, &result);
        result.verdict = VERDICT_ERROR;
        result.reason = strdup(diag.text);
    }
    softirq_close(&softirq);
    wanted = wanted && send_result(task->answer, &result);
    result_free(&result);
    return wanted;
}

static _Noreturn void guard(const struct task *task)
{
    int kept[] = {task->guardians->lifeline[0], task->answer, task->folder->lock, task->options.survey};
    close(task->guardians->lifeline[1]); /* by name: without it the harness's end would never be seen */
    close_others(kept, sizeof kept / sizeof *kept);
    open_standard();
    own_signals();
    if (task->options.debugger)
        signal(SIGINT, SIG_IGN); /* it is for the debugger, whose terminal ours has to stay */
    else
        setsid();
    mend_begin();
    prctl(PR_SET_NAME, "sockfault-guard");
    if (!task->guardians->isolation->processes)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!run_task(task) && !task->options.keep)
        folder_remove(task->folder);
    _exit(0);
}

bool guardian_start(const struct guardians *guardians, const struct experiment *experiment, uint64_t seed,
                    enum run_clock clock, struct folder *folder, struct guardian *ret, struct diag *diag)
{
    int answer[2];
    if (pipe2(answer, O_CLOEXEC) < 0) {
        diag_set(diag, STATUS_TROUBLE, "pipe: %s", strerror(errno));
        return false;
    }
    struct task task = {guardians, experiment, *guardians->options, folder, answer[1], geteuid(), getegid()};
    task.options.seed = seed;
    if (clock != CLOCK_DEFAULT)
        task.options.clock = clock;
    pid_t pid = isolate_fork(guardians->isolation);
    if (pid == 0)
        guard(&task);
    int error = errno;
    close(answer[1]);
    if (pid > 0) {
        *ret = (struct guardian){.pid = pid, .answer = answer[0]};
        return true;
    }
    close(answer[0]);
    diag_set(diag, STATUS_TROUBLE, "a guardian cannot be started: %s", strerror(error));
    return false;
}
