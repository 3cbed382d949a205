#include "harness/run/watch/waiting.h"

#include "harness/phrase.h"
#include "harness/procfs.h"
#include "harness/run/start/peers.h"
#include "harness/run/watch/rest.h"
#include "harness/run/watch/spin_text.h"
#include "harness/run/watch/waiting_call.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Told of one by one; whose stacks are looked at, which takes some milliseconds each. */
enum { TOLD = 8, STACKS = 16 };

/* Who does the same as somebody told of before. */
struct told {
    enum kind { FIRST_THREAD, OTHER_THREAD, OTHER_PROCESS } kind;
    pid_t pid;
    struct thread_wait wait;
    int more;
};

/* The threads of an instance being told of, one after the other. */
struct teller {
    struct run *run;
    pid_t first; /* the instance's own */
    pid_t pid;
    bool spins; /* one of them does */
    struct told told[TOLD];
    int threads;
    int count, more; /* that are told of; that are not */
};

static void tell(struct teller *teller, enum kind kind, const struct thread_wait *wait)
{
    for (int i = 0; i < teller->count; i++) {
        struct told *told = &teller->told[i];
        if (told->kind != kind || strcmp(told->wait.text, wait->text) != 0)
            continue;
        told->more++;
        free(wait->text);
        return;
    }
    if (teller->count < TOLD) {
        teller->told[teller->count++] = (struct told){kind, teller->pid, *wait, 0};
    } else {
        teller->more++;
        free(wait->text);
    }
}

static void tell_task(void *context, int tid)
{
    struct teller *teller = context;
    struct task task = {.pid = teller->pid, .tid = tid};
    struct thread_wait wait;
    struct wait_view view = {.board = teller->run->board,
                             .sites = run_sites(teller->run),
                             .now_ns = run_now(teller->run),
                             .may_stop = teller->threads++ < STACKS};
    task_read(&task);
    if (task.state == 'Z' || task.state == 'X')
        return;
    const struct spinner *spinner = spin_of(teller->run, tid);
    teller->spins = teller->spins || spinner;
    if (spinner)
        wait = (struct thread_wait){spin_text(teller->run, spinner), -1, -1};
    else
        thread_wait_tell(&view, &task, &wait);
    if (!wait.text)
        return;
    tell(teller,
         tid != teller->pid     ? OTHER_THREAD
         : tid == teller->first ? FIRST_THREAD
                                : OTHER_PROCESS,
         &wait);
}

/* "", or " (9.98 s so far, 20.0 s to go)" */
static void append_times(char **text, const struct thread_wait *wait)
{
    char duration[TEXT_DURATION_MAX];
    if (wait->since_ns >= 0)
        phrase_append(text, "", " (%s so far", text_duration(wait->since_ns, duration));
    if (wait->left_ns >= 0)
        phrase_append(text, "", "%s%s to go", wait->since_ns >= 0 ? ", " : " (",
                      text_duration(wait->left_ns, duration));
    if (wait->since_ns >= 0 || wait->left_ns >= 0)
        phrase_append(text, "", ")");
}

static void append_told(char **text, const struct told *told)
{
    if (told->kind == FIRST_THREAD)
        phrase_append(text, "; ", "%s", told->wait.text);
    else if (told->kind == OTHER_THREAD)
        phrase_append(text, "; ", "its thread %s", told->wait.text);
    else
        phrase_append(text, "; ", "its process %d %s", (int)told->pid, told->wait.text);
    append_times(text, &told->wait);
    if (told->more > 0)
        phrase_append(text, "", ", and %d more likewise", told->more);
}

static char *all_text(const struct teller *teller)
{
    char *text = NULL;
    for (int i = 0; i < teller->count; i++)
        append_told(&text, &teller->told[i]);
    if (teller->more > 0)
        phrase_append(&text, "; ", "%d more threads do something else", teller->more);
    return text;
}

char *waiting_text(struct run *run, struct instance *instance)
{
    struct proc_table table = {0};
    struct teller teller = {.run = run, .first = instance->pid};
    if (instance->process->peer) {
        char *where = peer_waiting_text(instance), *text = NULL;
        phrase_append(&text, "", "is %s", where ? where : "?");
        free(where);
        return text;
    }
    proc_table_read(&table);
    for (size_t i = 0; i < table.count; i++) {
        char path[64];
        teller.pid = table.items[i].pid;
        snprintf(path, sizeof path, "/proc/%d/task", (int)teller.pid);
        if (proc_descends(&table, teller.pid, instance->pid) && table.items[i].state != 'Z')
            proc_each_number(path, tell_task, &teller);
    }
    proc_table_free(&table);
    char *text = all_text(&teller);
    instance->spins = teller.spins;
    for (int i = 0; i < teller.count; i++)
        free(teller.told[i].wait.text);
    return text;
}
