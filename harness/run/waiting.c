#include "harness/run/waiting.h"

#include "harness/run/clock.h"
#include "harness/run/peers.h"
#include "harness/run/phrase.h"
#include "harness/run/procfs.h"
#include "harness/run/rest.h"
#include "harness/run/roles.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { TASKS_TOLD = 8 };

/* The threads of an instance being told of, one after the other. */
struct teller {
    const struct run *run;
    pid_t pid;
    bool several; /* processes: then each is named by its number */
    int told;
    char *text;
};

/* The words for waits that are no calls on sockets. */
static char *syscall_text(int number)
{
    static const struct {
        int number;
        const char *text;
    } known[] = {
        {SYS_futex, "a lock or another thread (futex)"},
        {SYS_wait4, "a child's end (wait4)"},
        {SYS_waitid, "a child's end (waitid)"},
        {SYS_clock_nanosleep, "time to pass (clock_nanosleep)"},
        {SYS_nanosleep, "time to pass (nanosleep)"},
        {SYS_rt_sigsuspend, "a signal (sigsuspend)"},
        {SYS_rt_sigtimedwait, "a signal (sigtimedwait)"},
#ifdef SYS_pause
        {SYS_pause, "a signal (pause)"},
#endif
        {SYS_read, "input (read)"},
        {SYS_write, "a reader of its output (write)"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].number == number)
            return text_format("waiting for %s", known[i].text);
    return number == -1 ? text_format("running") : text_format("in system call %d", number);
}

/* "recv() on connection 1 (descriptor 5) for 9.98 s" */
static char *call_text(const struct board_thread *thread, uint32_t call, int64_t now)
{
    char duration[TEXT_DURATION_MAX], *text = NULL;
    uint32_t connection = atomic_load(&thread->connection);
    int fd = atomic_load(&thread->fd);
    phrase_append(&text, "", "%s()", call_info((enum call_id)call)->name);
    if (connection > 0)
        phrase_append(&text, "", " on connection %u (descriptor %d)", connection, fd);
    else if (fd >= 0)
        phrase_append(&text, "", " on descriptor %d", fd);
    int64_t since = atomic_load(&thread->since_ns);
    if (since > 0 && since <= now)
        phrase_append(&text, "", " for %s", text_duration(now - since, duration));
    return text;
}

static char *task_text(const struct run *run, pid_t pid, pid_t tid)
{
    uint32_t at = 0;
    for (const struct board_thread *thread; (thread = thread_next(run->board, pid, &at));) {
        uint32_t call = atomic_load(&thread->call); /* 1 + enum call_id; 0: in none */
        if (atomic_load(&thread->tid) == tid && call >= 1 && call <= CALL_COUNT)
            return call_text(thread, call - 1, run_now(run));
    }
    return syscall_text(proc_syscall(pid, tid));
}

/* Takes text over. */
static void tell(struct teller *teller, char *text)
{
    char who[32] = "";
    if (teller->several)
        snprintf(who, sizeof who, "process %d: ", (int)teller->pid);
    if (teller->told++ < TASKS_TOLD)
        phrase_append(&teller->text, "; ", "%s%s", who, text ? text : "?");
    free(text);
}

static void tell_task(void *context, int tid)
{
    struct teller *teller = context;
    tell(teller, teller->told < TASKS_TOLD ? task_text(teller->run, teller->pid, tid) : NULL);
}

char *waiting_text(const struct run *run, const struct instance *instance)
{
    struct proc_table table = {0};
    struct teller teller = {.run = run};
    int processes = 0;
    if (instance->process->peer)
        return peer_waiting_text(instance);
    proc_table_read(&table);
    for (size_t i = 0; i < table.count; i++)
        processes += proc_descends(&table, table.items[i].pid, instance->pid);
    teller.several = processes > 1;
    for (size_t i = 0; i < table.count; i++) {
        char path[64];
        teller.pid = table.items[i].pid;
        snprintf(path, sizeof path, "/proc/%d/task", (int)teller.pid);
        if (!proc_descends(&table, teller.pid, instance->pid) || table.items[i].state == 'Z')
            continue;
        if (table.items[i].state == 'T')
            tell(&teller, text_format("stopped by a signal"));
        else
            proc_each_number(path, tell_task, &teller);
    }
    proc_table_free(&table);
    if (teller.told > TASKS_TOLD)
        phrase_append(&teller.text, "; ", "%d more threads", teller.told - TASKS_TOLD);
    return teller.text;
}
