#include "harness/run/lasting/zygotes.h"

#include "harness/run/lasting/still.h"
#include "harness/run/start/become.h"
#include "harness/run/start/roles.h"
#include "shim/model/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* It answers within a fraction of a millisecond; one that does not is given up. */
enum { ANSWER_LIMIT_MS = 2000 };

enum zygote_state {
    ZYGOTE_SEEN,     /* its program was started so once */
    ZYGOTE_PROMISED, /* ... and said hello */
    ZYGOTE_LIVES,
    ZYGOTE_NEVER, /* it is no good */
};

struct zygote {
    enum zygote_state state;
    char *name; /* of the instance */
    char *path;
    char **argv, **variables;
    pid_t pid;
    int line; /* our end */
};

static void free_words(char **words)
{
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}

static char **copy_words(char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (!(copy[i] = strdup(words[i]))) {
            free_words(copy);
            return NULL;
        }
    return copy;
}

static bool same_words(char *const *one, char *const *other)
{
    while (*one && *other && strcmp(*one, *other) == 0) {
        one++;
        other++;
    }
    return !*one && !*other;
}

static void list_pids(struct zygotes *zygotes)
{
    size_t count = 0;
    for (size_t i = 0; i < zygotes->count; i++)
        if (zygotes->items[i]->state == ZYGOTE_LIVES)
            zygotes->pids[count++] = zygotes->items[i]->pid;
    zygotes->pids[count] = 0;
}

/* It may have ended already, and somebody else have waited for it. */
static void end_zygote(struct zygote *zygote)
{
    if (zygote->line >= 0)
        close(zygote->line);
    zygote->line = -1;
    if (zygote->pid > 0 && kill(zygote->pid, SIGKILL) == 0)
        while (waitpid(zygote->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    zygote->pid = 0;
}

static void give_up(struct zygotes *zygotes, struct zygote *zygote)
{
    end_zygote(zygote);
    zygote->state = ZYGOTE_NEVER;
    list_pids(zygotes);
}

static void free_zygote(struct zygote *zygote)
{
    end_zygote(zygote);
    free(zygote->name);
    free(zygote->path);
    free_words(zygote->argv);
    free_words(zygote->variables);
    free(zygote);
}

static struct zygote *find(const struct zygotes *zygotes, const char *name)
{
    for (size_t i = 0; i < zygotes->count; i++)
        if (strcmp(zygotes->items[i]->name, name) == 0)
            return zygotes->items[i];
    return NULL;
}

static void add(struct zygotes *zygotes, const struct instance *instance, const struct launch *launch)
{
    if (zygotes->count == ZYGOTES_MAX)
        return;
    struct zygote *zygote = calloc(1, sizeof *zygote);
    if (!zygote)
        return;
    *zygote = (struct zygote){.name = strdup(instance->name),
                              .path = strdup(launch->path),
                              .argv = copy_words(launch->argv),
                              .variables = copy_words(launch->environment.items),
                              .line = -1};
    if (zygote->name && zygote->path && zygote->argv && zygote->variables)
        zygotes->items[zygotes->count++] = zygote;
    else
        free_zygote(zygote);
}

static bool is_same(const struct zygote *zygote, const struct launch *launch)
{
    return strcmp(zygote->path, launch->path) == 0 && same_words(zygote->argv, launch->argv) &&
           same_words(zygote->variables, launch->environment.items);
}

static bool hear(const struct zygote *zygote, struct zygote_answer *ret)
{
    struct pollfd line = {.fd = zygote->line, .events = POLLIN};
    int ready;
    while ((ready = poll(&line, 1, ANSWER_LIMIT_MS)) < 0 && errno == EINTR)
        ;
    return ready > 0 && recv(zygote->line, ret, sizeof *ret, MSG_DONTWAIT) == (ssize_t)sizeof *ret;
}

/* Has nothing of the experiment's: its own 0, 1 and 2 are /dev/null. */
static pid_t start(struct run *run, const struct instance *instance, const struct launch *program, int line)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), trouble[2];
    pid_t pid = -1;
    if (null < 0)
        return -1;
    if (pipe2(trouble, O_CLOEXEC) == 0) {
        struct launch launch = *program;
        launch.cwd = (char[]){"."};
        launch.input = launch.output[1] = launch.error[1] = null;
        launch.trouble[1] = trouble[1];
        launch.line = line;
        atomic_fetch_or(&run->board->flags, BOARD_ZYGOTES);
        if ((pid = vfork()) == 0)
            become(run, instance, &launch);
        close(trouble[0]);
        close(trouble[1]);
    }
    close(null);
    return pid;
}

static bool raise_zygote(struct run *run, const struct instance *instance, const struct launch *launch,
                         struct zygote *zygote)
{
    int line[2];
    struct zygote_answer answer;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
        return false;
    zygote->line = line[0];
    zygote->pid = start(run, instance, launch, line[1]);
    close(line[1]);
    return zygote->pid > 0 && hear(zygote, &answer) && answer.pid == zygote->pid && stands_still(zygote->pid);
}

static bool ask(const struct zygote *zygote, const struct launch *launch)
{
    struct zygote_order order = {0};
    int fds[ZYGOTE_FDS] = {launch->input, launch->output[1], launch->error[1], launch->trouble[1]};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof fds)];
    } control = {0};
    struct iovec part = {&order, sizeof order};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    size_t len = strlen(launch->cwd);
    if (len >= sizeof order.cwd)
        return false;
    memcpy(order.cwd, launch->cwd, len + 1);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(header), fds, sizeof fds);
    return sendmsg(zygote->line, &message, MSG_NOSIGNAL) == (ssize_t)sizeof order;
}

static bool can_be_copied(const struct run *run, const struct instance *instance)
{
    return run->guard->zygotes && !instance->process->peer && instance_needs_hello(instance) &&
           run->options->tool == MEMORY_NONE && !run->options->survey && !run->options->coverage &&
           !run->options->debugger && !run->programs[instance->index].sanitizer[0];
}

pid_t zygotes_begin(struct run *run, const struct instance *instance, const struct launch *launch)
{
    struct zygotes *zygotes = run->guard->zygotes;
    struct zygote_answer answer;
    if (!can_be_copied(run, instance))
        return 0;
    struct zygote *zygote = find(zygotes, instance->name);
    if (!zygote) {
        add(zygotes, instance, launch);
        return 0;
    }
    if (zygote->state == ZYGOTE_SEEN || zygote->state == ZYGOTE_NEVER)
        return 0;
    bool same = is_same(zygote, launch);
    if (same && zygote->state == ZYGOTE_PROMISED && raise_zygote(run, instance, launch, zygote)) {
        zygote->state = ZYGOTE_LIVES;
        list_pids(zygotes);
    }
    bool asked = same && zygote->state == ZYGOTE_LIVES && ask(zygote, launch);
    bool answered = asked && hear(zygote, &answer);
    if (answered && answer.pid > 0)
        return answer.pid;
    give_up(zygotes, zygote);
    errno = ETIMEDOUT;
    return asked && !answered ? -1 : 0; /* a copy may be there, and there must not be two */
}

static bool said_hello(const struct run *run, const struct instance *instance)
{
    uint32_t at = 0;
    if (instance->role < 0)
        return false;
    for (const struct board_process *process; (process = role_next(run->board, instance->role, &at));)
        if (atomic_load(&process->pid) == instance->pid)
            return true;
    return false;
}

void zygotes_note(struct zygotes *zygotes, const struct run *run)
{
    for (size_t i = 0; run->board && i < run->count; i++) {
        struct zygote *zygote = find(zygotes, run->instances[i].name);
        if (zygote && zygote->state == ZYGOTE_SEEN && said_hello(run, &run->instances[i]))
            zygote->state = ZYGOTE_PROMISED;
    }
}

const pid_t *zygotes_pids(const struct zygotes *zygotes)
{
    static const pid_t none = 0;
    return zygotes ? zygotes->pids : &none;
}

void zygotes_end(struct zygotes *zygotes)
{
    for (size_t i = 0; i < zygotes->count; i++)
        free_zygote(zygotes->items[i]);
    *zygotes = (struct zygotes){0};
}
