/* The constructor: find the board, or make one for plain preloading; say hello. */
#include "shim/act/overtaken.h"
#include "shim/clock.h"
#include "shim/coverage.h"
#include "shim/intercept/environment.h"
#include "shim/intercept/next.h"
#include "shim/know/callers.h"
#include "shim/know/modules.h"
#include "shim/model/expr.h"
#include "shim/model/keys.h"
#include "shim/model/values.h"
#include "shim/state.h"
#include "shim/time/next.h"
#include "shim/time/wait.h"
#include "shim/trace.h"
#include "shim/zygote.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_WRONG_RULES = 125 }; /* as env(1) and `sockfault wrap` have it */

/* The constructor has begun, and nobody was here before it. */
static bool is_constructing;

/* A wrong SOCKFAULT stops the program before main: faults that silently do nothing help nobody. */
static void refuse(const char *variable, const struct expr_error *error)
{
    dprintf(STDERR_FILENO, "%s:1:%u: error: %s\n", variable, error->column, error->message);
    _exit(STATUS_WRONG_RULES);
}

static struct board *map_board(const char *path)
{
    struct board *board = NULL;
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && (size_t)status.st_size >= sizeof *board) {
        void *memory = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        board = memory == MAP_FAILED ? NULL : memory;
    }
    next_close(fd);
    if (board && !board_valid(board, sizeof *board)) {
        munmap(board, sizeof *board);
        board = NULL;
    }
    return board;
}

static uint64_t read_seed(void)
{
    const char *text = getenv("SOCKFAULT_SEED");
    struct expr_error error = {.column = 1};
    uint64_t seed = 1;
    if (text && *text && !parse_number(text, strlen(text), &seed)) {
        snprintf(error.message, sizeof error.message, "got '%.40s', expected a number", text);
        refuse("SOCKFAULT_SEED", &error);
    }
    return seed;
}

/*
 * A trace that would silently be missing is refused as a wrong rule is. Not for want of permission: a program
 * that gave up its rights and starts another is told, and goes on.
 */
static void check_trace(const char *path)
{
    struct expr_error error;
    char expected[120];
    int fd = trace_open(path);
    if (fd >= 0) {
        next_close(fd);
        return;
    }
    int err = errno;
    snprintf(expected, sizeof expected, "a file that can be written (%s)", strerror(err));
    expr_expected(&error, 1, path, strlen(path), expected);
    if (err != EACCES)
        refuse("SOCKFAULT_TRACE", &error);
    dprintf(STDERR_FILENO, "SOCKFAULT_TRACE:1:1: warning: %s\n", error.message);
}

/* What only the harness can find out beforehand. */
static void check_unaided(const char *text, const struct rule *rules, int count)
{
    for (int i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        bool unknown = rule->site.text[0] && rule->site.range_count == 0;
        const char *value = unknown ? rule->site.text : (const char *)rule->match.bytes;
        if (!unknown && !rule->match.regex)
            continue;
        const char *where = strstr(text, value);
        struct expr_error error;
        expr_expected(&error, where ? (unsigned int)(where - text) + 1 : 1, value, strlen(value),
                      unknown ? "MODULE+0xOFFSET (files, lines and functions are for sockfault wrap and run)"
                              : "match (regular expressions are for sockfault wrap and run)");
        refuse("SOCKFAULT", &error);
    }
}

/* Plain preloading: rules and trace come from the environment; the memory is shared with forked children. */
static struct board *make_board(const char *rules_text, const char *trace_file)
{
    static struct rule rules[RULES_MAX];
    struct expr_error error;
    int count = 0;
    if (rules_text && *rules_text)
        count = expr_parse(rules_text, rules, RULES_MAX, &error);
    if (count < 0)
        refuse("SOCKFAULT", &error);
    check_unaided(rules_text, rules, count);
    void *memory = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    struct board *board = memory;
    if (trace_file && strlen(trace_file) >= sizeof board->trace_file) {
        expr_expected(&error, 1, trace_file, strlen(trace_file), "a path of at most 255 bytes");
        refuse("SOCKFAULT_TRACE", &error);
    }
    if (trace_file)
        check_trace(trace_file);
    strcpy(board->trace_file, trace_file ? trace_file : "");
    board_init(board, rules, (uint32_t)count, read_seed(), trace_file ? BOARD_TRACING : 0, now_ns());
    return board;
}

/* A zygote finds the board of an experiment that has ended when it is told to begin one: each copy maps its
 * own. What ran already in constructors of libraries before ours is not to be in all copies, so whoever comes
 * here by another way than the constructor makes no zygote. */
static struct board *find_board_of_harness(const char *path)
{
    struct board *board = map_board(path);
    if (!board || !(atomic_load(&board->flags) & BOARD_ZYGOTES) || !zygote_is_wanted())
        return board;
    munmap(board, sizeof *board);
    if (!is_constructing)
        _exit(0);
    zygote_serve();
    return map_board(path);
}

static struct board *find_board(void)
{
    const char *path = getenv("SOCKFAULT_BOARD"), *rules = getenv("SOCKFAULT"),
               *trace = getenv("SOCKFAULT_TRACE");
    if (path && *path)
        return find_board_of_harness(path);
    if ((rules && *rules) || (trace && *trace))
        return make_board(rules, trace && *trace ? trace : NULL);
    return NULL;
}

static void name_executable(char *name, size_t size)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    const char *base = strrchr(path, '/');
    strncpy(name, base ? base + 1 : path, size - 1);
    name[size - 1] = '\0';
}

static void join_board(struct board *board)
{
    char exe[64];
    const char *process = getenv("SOCKFAULT_PROCESS");
    name_executable(exe, sizeof exe);
    shim.board = board;
    shim.is_virtual = atomic_load(&board->flags) & BOARD_VIRTUAL;
    if (shim.is_virtual)
        wait_prepare();
    shim.role = board_role(board, process && *process ? process : exe);
    state_hello();
    if (shim.process) {
        strcpy(shim.process->exe, exe);
        modules_note();
        if (atomic_load(&board->flags) & BOARD_SURVEY)
            callers_prepare();
        coverage_prepare();
        atomic_store(&shim.process->state, BOARD_PROCESS_HELLO);
    }
    pthread_atfork(NULL, NULL, state_after_fork);
    shim.armed = board->armed;
    state_ring();
}

static void start(void)
{
    next_resolve_all();
    time_next_resolve_all();
    environment_keep();
    shim.next_exit = (void (*)(int))dlsym(RTLD_NEXT, "_exit");
    struct board *board = find_board();
    if (board)
        join_board(board);
    atomic_store(&shim.is_started, true);
}

/* Before libc's own constructor there is no environment to find a board by, nor any thread. */
void shim_start(void)
{
    if (environ)
        pthread_once(&shim.once, start);
}

__attribute__((constructor)) static void construct(void)
{
    is_constructing = true;
    shim_start();
    is_constructing = false;
}

__attribute__((destructor)) static void finish(void)
{
    if (!shim.board || state_is_borrowed())
        return;
    overtaken_end(0, UINT_MAX);
    coverage_written();
    state_ring();
}
