#include "shim/trace.h"
#include "shim/intercept/next.h"
#include "shim/know/modules.h"
#include "shim/know/thread.h"
#include "shim/model/errnos.h"
#include "shim/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { RING_EVERY = BOARD_TRACE / 8 }; /* the harness is woken that often while a program writes much */

/* The argument that tells most: bytes asked for, a timeout, a command; -1 where there is none. */
static int64_t telling_argument(const struct attempt *at)
{
    switch (at->info->family) {
    case FAMILY_RECEIVE:
    case FAMILY_SEND:
    case FAMILY_FILES:
        return (int64_t)at->asked;
    case FAMILY_WAIT:
        return at->timeout_ns < 0 ? -1 : (at->timeout_ns + 999999) / 1000000;
    case FAMILY_QUERY:
        return at->call == CALL_getsockopt ? at->option : at->argument;
    case FAMILY_END:
        return at->call == CALL_shutdown ? at->argument : -1;
    default:
        return at->other_fd;
    }
}

void trace_identify(struct trace_record *record, const struct attempt *at)
{
    record->time_ns = at->began_ns;
    record->pid = shim.pid;
    record->tid = thread_id();
    record->role = (uint16_t)shim.role;
    record->call = (uint16_t)at->call;
    record->fd = at->fd;
    record->connection = at->socket ? atomic_load(&at->socket->connection) : 0;
    record->asked = telling_argument(at);
    record->site = at->site;
    record->module_set = modules_set();
}

static void fill(struct trace_record *record, const struct attempt *at)
{
    const struct decision *d = &at->decision;
    trace_identify(record, at);
    record->elapsed_ns = now_ns() - at->began_ns;
    record->kind = TRACE_CALL;
    record->rule = (int16_t)(d->rule >= 0 ? d->rule : d->delay_rule);
    record->recipe = d->recipe == RECIPE_NONE && d->delay_rule >= 0 ? RECIPE_DELAY : d->recipe;
    record->error = at->err;
    record->result = at->result;
    record->delay_ns = d->delay_ns;
    record->decided = at->decided;
    record->peer = at->target.family ? at->target : at->socket ? at->socket->peer : (struct endpoint){0};
}

void trace_call(const struct attempt *at)
{
    struct board *board = shim.board;
    bool fired = at->decision.rule >= 0 || at->decision.delay_rule >= 0;
    uint64_t number;
    if (!fired && !(atomic_load_explicit(&board->flags, memory_order_relaxed) & BOARD_TRACING))
        return;
    struct trace_record *record = board_trace_begin(board, &number);
    fill(record, at);
    if (board->trace_file[0])
        trace_line(board->trace_file, record);
    trace_commit(record, number);
}

void trace_commit(struct trace_record *record, uint64_t number)
{
    board_trace_commit(record, number);
    if (number % RING_EVERY == 0)
        state_ring();
}

/* A line being built without stdio: a wrapper may run in a signal handler. What does not fit is dropped. */
struct line {
    char text[512];
    size_t len;
};

static void put(struct line *line, const char *text)
{
    size_t n = strlen(text);
    if (line->len + n >= sizeof line->text)
        return;
    memcpy(line->text + line->len, text, n);
    line->len += n;
}

static void put_number(struct line *line, int64_t value)
{
    char digits[24], *p = digits + sizeof digits - 1;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    *p = '\0';
    do
        *--p = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--p = '-';
    put(line, p);
}

static void put_call(struct line *line, const struct trace_record *record)
{
    put(line, call_info((enum call_id)record->call)->name);
    put(line, "(");
    if (record->fd >= 0)
        put_number(line, record->fd);
    if (record->asked >= 0) {
        put(line, record->fd >= 0 ? ", " : "");
        put_number(line, record->asked);
    }
    put(line, ") = ");
    put_number(line, record->result);
    if (record->error) {
        put(line, " ");
        put(line, errno_name(record->error));
    }
}

int trace_open(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
}

void trace_line(const char *path, const struct trace_record *record)
{
    struct line line = {.len = 0};
    put_number(&line, record->pid);
    put(&line, " ");
    put_call(&line, record);
    if (record->rule >= 0) {
        put(&line, " (injected: ");
        put(&line, shim.board->rules[record->rule].text);
        put(&line, ")");
    }
    put(&line, "\n");
    int saved = errno;
    int fd = trace_open(path);
    if (fd >= 0) {
        ssize_t written = next_write(fd, line.text, line.len);
        (void)written; /* a full disk loses the trace, and must not disturb the program */
        next_close(fd);
    }
    errno = saved;
}
