#include "harness/run/start/ready.h"

#include "harness/clock.h"
#include "harness/procfs.h"
#include "harness/run/start/listening.h"
#include "harness/run/start/peers.h"
#include "harness/run/start/roles.h"
#include "harness/run/watch/rest.h"
#include "harness/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define READY_LIMIT_NS   (10 * NS_PER_S)
#define HELLO_LIMIT_NS   (1 * NS_PER_S)
#define BASELINE_WAIT_NS (300 * NS_PER_MS)
/* The regex sees so much of a long output, its end. */
#define READY_WINDOW 65536

/* A service nobody waits for is stopped as soon as it is under way. */
static enum ready_kind kind_of(const struct instance *instance)
{
    const struct scenario_process *process = instance->process;
    return process->ready == READY_EXIT && process->service ? READY_STARTED : process->ready;
}

/* The port it is said to listen on, else the numbers of ${port} ... in its own command. */
static int ports_of(const struct run *run, const struct instance *instance, uint16_t ports[PORTS_MAX])
{
    int count = 0;
    if (instance->process->peer)
        return 0;
    if (instance->process->ready_port) {
        ports[0] = instance->process->ready_port;
        return 1;
    }
    for (int number = 1; number <= PORTS_MAX; number++) {
        char variable[16] = "${port}";
        if (number > 1)
            snprintf(variable, sizeof variable, "${port%d}", number);
        for (size_t i = 0; i < instance->process->run_count; i++)
            if (strstr(instance->process->run[i], variable)) {
                ports[count++] = run->runtime.ports[number];
                break;
            }
    }
    return count;
}

static bool is_listening(const struct run *run, const struct instance *instance)
{
    uint16_t ports[PORTS_MAX];
    int count = ports_of(run, instance, ports);
    if (instance->process->peer)
        return peer_listens(instance);
    if (instance_needs_hello(instance))
        return instance->role >= 0 && role_listens(run->board, instance->role, ports, count);
    return instance->state == INSTANCE_RUNNING && kernel_listens(instance->pid, ports, count);
}

static bool has_printed(struct instance *instance)
{
    struct stream *out = &instance->out;
    if (!out->data || out->len == instance->matched_len)
        return false;
    instance->matched_len = out->len;
    regmatch_t range = {.rm_so = out->len > READY_WINDOW ? (regoff_t)(out->len - READY_WINDOW) : 0,
                        .rm_eo = (regoff_t)out->len};
    return regexec(&instance->process->ready_regex, out->data, 1, &range, REG_STARTEND) == 0;
}

static bool is_ready(const struct run *run, struct instance *instance, int64_t now)
{
    switch (kind_of(instance)) {
    case READY_EXIT:
        return instance->state == INSTANCE_ENDED;
    case READY_STARTED:
        return !instance_needs_hello(instance) || instance->hello ||
               now - instance->started_ns > HELLO_LIMIT_NS;
    case READY_LISTENING:
        return is_listening(run, instance);
    case READY_STDOUT:
        return has_printed(instance);
    }
    return false;
}

/* What was waited for, as it goes after "before it ". */
static char *wanted_text(const struct run *run, const struct instance *instance)
{
    uint16_t ports[PORTS_MAX];
    if (kind_of(instance) == READY_STDOUT)
        return text_format("had written /%s/ to stdout", instance->process->ready_text);
    if (kind_of(instance) != READY_LISTENING)
        return text_format("was under way");
    if (ports_of(run, instance, ports) == 1)
        return text_format("was listening on port %u", ports[0]);
    return text_format("was listening");
}

static char *end_text(const struct instance *instance)
{
    int status = instance->wait_status;
    char name[TEXT_SIGNAL_MAX];
    if (WIFSIGNALED(status))
        return text_format("was ended by %s", text_signal(WTERMSIG(status), name));
    return text_format("ended with status %d", WEXITSTATUS(status));
}

static char *never_text(const struct run *run, const struct instance *instance, int64_t limit)
{
    char duration[TEXT_DURATION_MAX], *wanted = wanted_text(run, instance), *end = NULL, *text = NULL;
    const char *what = wanted ? wanted : "was ready";
    if (instance->state == INSTANCE_ENDED) {
        end = end_text(instance);
        text = text_format("%s before it %s", end ? end : "ended", what);
    } else {
        text = text_format("%s went by before it %s", text_duration(limit, duration), what);
    }
    free(wanted);
    free(end);
    return text;
}

static void update_readiness(const struct run *run, struct instance *instance, int64_t now)
{
    bool bounded = run->options->tool != MEMORY_VALGRIND; /* under which all takes its time */
    int64_t limit = bounded && READY_LIMIT_NS < run->timeout_ns ? READY_LIMIT_NS : run->timeout_ns;
    if (instance->ready || instance->not_ready)
        return;
    if (is_ready(run, instance, now)) {
        instance->ready = true;
        instance->ready_ns = now;
        return;
    }
    if (kind_of(instance) == READY_EXIT)
        return;
    if (instance->state == INSTANCE_ENDED || now - instance->started_ns >= limit)
        instance->not_ready = never_text(run, instance, limit);
}

/* Whether a thread of the process is in a call that waits for somebody. */
static bool thread_waits(const struct board *board, pid_t pid)
{
    uint32_t at = 0;
    for (const struct board_thread *thread; (thread = thread_next(board, pid, &at));) {
        uint32_t call = atomic_load(&thread->call); /* 1 + enum call_id; 0: in none */
        if (call == 0 || call > CALL_COUNT)
            continue;
        enum call_family family = call_info((enum call_id)(call - 1))->family;
        if (family == FAMILY_WAIT || family == FAMILY_ACCEPT || family == FAMILY_RECEIVE)
            return true;
    }
    return false;
}

/*
 * Whether it has come to wait. A process that listened has begun a wait since; one that leaves that to its
 * children (and itself waits for signals) has a child that waits.
 */
static bool is_waiting(const struct run *run, const struct instance *instance)
{
    uint32_t at = 0;
    if (instance->role < 0)
        return false;
    if (role_waited(run->board, instance->role))
        return true;
    for (const struct board_process *process; (process = role_next(run->board, instance->role, &at));) {
        pid_t pid = atomic_load(&process->pid);
        bool own = pid == instance->pid && kind_of(instance) == READY_LISTENING;
        if (!own && thread_waits(run->board, pid))
            return true;
    }
    return false;
}

/*
 * Counts the descriptors while the process stands still in its wait: a server that looks into /proc now and
 * then has one more for that moment. -1: it moved.
 */
static int count_at_rest(const struct run *run, const struct instance *instance)
{
    uint64_t before = calls_begun(run->board, instance->pid);
    if (!proc_asleep(instance->pid))
        return -1;
    int count = proc_fd_count(instance->pid);
    return proc_asleep(instance->pid) && calls_begun(run->board, instance->pid) == before ? count : -1;
}

static void update_baseline(const struct run *run, struct instance *instance, int64_t now)
{
    if (instance->baseline_done || !(instance->ready || instance->not_ready))
        return;
    instance->baseline_done = !instance->process->expect.fds_unchanged || instance->state != INSTANCE_RUNNING;
    if (instance->baseline_done)
        return;
    bool waiting = is_waiting(run, instance), late = now - instance->ready_ns >= BASELINE_WAIT_NS;
    int count = waiting ? count_at_rest(run, instance) : -1;
    if (count < 0 && !late)
        return;
    instance->fds_before = count >= 0 ? count : proc_fd_count(instance->pid);
    instance->baseline_done = true;
    if (!waiting)
        instance->fds_note =
            text_format("no wait was seen: descriptors were counted %lld ms after it was ready",
                        (long long)((now - instance->ready_ns) / NS_PER_MS));
}

void ready_update(struct run *run)
{
    int64_t now = run_now(run);
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        if (instance->state != INSTANCE_RUNNING && instance->state != INSTANCE_ENDED)
            continue;
        update_readiness(run, instance, now);
        update_baseline(run, instance, now);
    }
}

void ready_too_late(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct instance *instance = &run->instances[i];
        if (instance->state == INSTANCE_RUNNING && !instance->ready && !instance->not_ready &&
            kind_of(instance) != READY_EXIT)
            instance->not_ready = never_text(run, instance, run_now(run) - instance->started_ns);
    }
}

bool ready_settled(const struct instance *instance)
{
    if (instance->state == INSTANCE_ENDED || instance->state == INSTANCE_SKIPPED)
        return true;
    return instance->state == INSTANCE_RUNNING && (instance->ready || instance->not_ready) &&
           instance->baseline_done;
}

static enum start_answer answer_of(const struct instance *needed, char **ret_why)
{
    if (needed->state == INSTANCE_SKIPPED || needed->not_ready) {
        *ret_why =
            text_format("%s %s", needed->name,
                        needed->state == INSTANCE_SKIPPED ? "was not started" : "did not become ready");
        return START_NEVER;
    }
    return needed->ready && needed->baseline_done ? START_NOW : START_NOT_YET;
}

enum start_answer ready_to_start(const struct run *run, const struct instance *instance, char **ret_why)
{
    const struct scenario_process *process = instance->process;
    for (size_t i = 0; i < process->after_count; i++)
        for (size_t k = 0; k < run->count; k++) {
            const struct instance *needed = &run->instances[k];
            if (needed->index != process->after[i] || needed->probe_of >= 0)
                continue;
            enum start_answer answer = answer_of(needed, ret_why);
            if (answer != START_NOW)
                return answer;
        }
    return START_NOW;
}
