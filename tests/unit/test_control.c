/* The control socket: its birth and end, what it answers, and who must not keep others from being answered.
 */
#include "harness/control/client.h"
#include "harness/control/control.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000, ANSWER_MAX = 1 << 20 };

/* A board without a program, a book and a socket in a folder of their own. */
struct world {
    char dir[32], path[64];
    struct board *board;
    struct book book;
    struct control *control;
};

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    struct diag diag = {0};
    strcpy(w->dir, "/tmp/control-XXXXXX");
    cr_assert_not_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/socket", w->dir);
    w->board = mmap(NULL, sizeof *w->board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(w->board, MAP_FAILED);
    board_init(w->board, NULL, 0, 1, 0, 1);
    cr_assert(book_open(&w->book, w->board, NULL, 0, "/proc/self/exe", &diag));
    return w;
}

static struct world *world_listening(void)
{
    struct world *w = world_new();
    struct diag diag = {0};
    w->control = control_open(w->path, &diag);
    cr_assert_not_null(w->control, "%s", diag.text);
    cr_assert(control_start(w->control, &w->book, &diag), "%s", diag.text);
    return w;
}

static void world_end(struct world *w)
{
    control_end(w->control);
    book_close(&w->book);
    munmap(w->board, sizeof *w->board);
    cr_expect_eq(rmdir(w->dir), 0, "%s is not empty", w->dir);
    free(w);
}

static int reach(const struct world *w)
{
    struct sockaddr_un address;
    struct diag diag = {0};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(control_address(w->path, &address, &diag));
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0, "%s", strerror(errno));
    return fd;
}

/* All that comes until the other end closes. */
static char *hear(int fd)
{
    char *text = calloc(1, ANSWER_MAX);
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    size_t len = 0;
    ssize_t got = 0;
    do {
        cr_assert_eq(poll(&readable, 1, DEADLINE_MS), 1, "no answer, only '%s'", text);
        got = recv(fd, text + len, ANSWER_MAX - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    close(fd);
    return text;
}

static char *ask_raw(const struct world *w, const char *bytes, size_t len)
{
    int fd = reach(w);
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0)
            break; /* it has heard enough */
        bytes += sent;
        len -= (size_t)sent;
    }
    shutdown(fd, SHUT_WR);
    return hear(fd);
}

static void expect_answer(const struct world *w, const char *request, const char *expected)
{
    char *answer = ask_raw(w, request, strlen(request));
    cr_expect_str_eq(answer, expected, "to '%.60s' got '%s', expected '%s'", request, answer, expected);
    free(answer);
}

Test(control, rules_come_and_go)
{
    struct world *w = world_listening();
    expect_answer(w, "list\n", "ok\n");
    expect_answer(w, "add recv:short=1; send:delay=1ms\n", "1\n2\nok\n");
    expect_answer(w, "remove 1\r\n", "ok\n");
    atomic_store(&w->board->counts[1].refused, 3);
    atomic_store(&w->board->counts[1].fired, 4);
    expect_answer(w, "list\nremove 2\n",
                  "rule 1 'recv:short=1' removed: matched 0, fired 0, refused 0, forced 0\n"
                  "rule 2 'send:delay=1ms' on: matched 0, fired 4, refused 3 (the kernel never does that "
                  "there), forced 0\nok\nok\n");
    expect_answer(w, "add recv:short=2\n", "3\nok\n");
    cr_expect_eq(board_rule_next(w->board, 0, board_rules(w->board)), 2);
    world_end(w);
}

Test(control, what_cannot_be_done_says_why)
{
    struct world *w = world_listening();
    expect_answer(w, "remove 1\n", "error: 1 got rule 1, expected one that is there: there is none\n");
    expect_answer(w, "add recv:short=1\n", "1\nok\n");
    expect_answer(w, "remove 2\n", "error: 1 got rule 2, expected 1, the only one there is\n");
    expect_answer(w, "add recv:short=1;recv:short=2\n", "2\n3\nok\n");
    expect_answer(w, "remove 9\n", "error: 1 got rule 9, expected one of 1 to 3\n");
    expect_answer(w, "remove 0\n", "error: 1 got rule 0, expected one of 1 to 3\n");
    expect_answer(w, "remove 3\nremove 3\n", "ok\nerror: 1 got rule 3, which has been removed already\n");
    expect_answer(w, "remove 1x\n", "error: 2 got '1x', expected the number of a rule\n");
    expect_answer(w, "remove 4294967297\n", "error: 2 got '4294967297', expected the number of a rule\n");
    expect_answer(w, "list all\n", "error: 2 got 'all', expected json or nothing\n");
    expect_answer(w, "lost\n", "error: 2 got 'lost', expected list, stats, add EXPR or remove N\n");
    expect_answer(w, "\n", "error: 2 got '', expected list, stats, add EXPR or remove N\n");
    world_end(w);
}

Test(control, of_a_wrong_expression_nothing_is_added)
{
    struct world *w = world_listening();
    char *answer = ask_raw(w, "add recv:short=1;recv:error=EFOO\n", 33);
    cr_expect_eq(strncmp(answer, "error: 2 EXPR:1:25: error: got 'EFOO', expected ", 48), 0, "%s", answer);
    free(answer);
    expect_answer(w, "add recv:short=1;recv:delay=1ms:regex='a('\n",
                  "error: 2 EXPR:1:37: error: got '(' that is not closed, expected ')'\n");
    expect_answer(w, "list\n", "ok\n");
    cr_expect_eq(board_rules(w->board), 0);
    world_end(w);
}

Test(control, regular_expressions_are_there_before_their_rule)
{
    struct world *w = world_listening();
    size_t end;
    uint32_t state = 0;
    expect_answer(w, "add recv:short=1;recv:delay=1ms:regex='b+c';recv:delay=1ms:match=x\n", "1\n2\n3\nok\n");
    const struct matcher *matcher = &w->board->matchers[w->board->rules[1].match.table];
    cr_expect(matcher_step(matcher, &state, (const unsigned char *)"abbc", 4, &end));
    cr_expect_neq(w->board->rules[1].match.table, w->board->rules[2].match.table);
    world_end(w);
}

Test(control, json_is_one_line)
{
    struct world *w = world_listening();
    expect_answer(w, "add recv:delay=1ms:match='\"\t\xff'\n", "1\nok\n");
    char *answer = ask_raw(w, "stats json\n", 11);
    char *end = strchr(answer, '\n');
    cr_assert_not_null(end);
    cr_expect_str_eq(end, "\nok\n");
    *end = '\0';
    json_error_t error;
    json_t *json = json_loads(answer, 0, &error);
    cr_assert_not_null(json, "%s: %s", error.text, answer);
    const json_t *rule = json_array_get(json_object_get(json, "rules"), 0);
    cr_expect_eq(json_integer_value(json_object_get(rule, "number")), 1);
    cr_expect_str_eq(json_string_value(json_object_get(rule, "state")), "on");
    cr_expect_not_null(json_string_value(json_object_get(rule, "text")));
    json_decref(json);
    free(answer);
    world_end(w);
}

Test(control, numbers_come_to_an_end)
{
    struct world *w = world_listening();
    char request[64];
    for (int i = 0; i < BOARD_MATCHERS; i++) {
        char *answer = ask_raw(w, "add recv:delay=1ms:match=x\n", 27);
        free(answer);
    }
    expect_answer(
        w, "add recv:delay=1ms:match=x\n",
        "error: 3 got 1 rules after 64, expected at most 1024 while a program runs, 64 of them with "
        "'match'\n");
    for (int i = BOARD_MATCHERS; i < BOARD_RULES; i++) {
        snprintf(request, sizeof request, "add recv:short=1\nremove %d\n", i + 1);
        free(ask_raw(w, request, strlen(request)));
    }
    char *answer = ask_raw(w, "add recv:short=1\n", 17);
    cr_expect_not_null(strstr(answer, "got 1 rules after 1024"), "%s", answer);
    free(answer);
    expect_answer(w, "remove 1024\n", "error: 1 got rule 1024, which has been removed already\n");
    world_end(w);
}

Test(control, a_board_that_was_written_over_gets_no_rules)
{
    struct world *w = world_listening();
    atomic_store(&w->board->rule_count, UINT32_MAX);
    memset(w->board->rules, 0xff, sizeof w->board->rules);
    expect_answer(w, "add recv:short=1\n",
                  "error: 3 the program wrote over the board: there are no rules to be added to\n");
    expect_answer(w, "list\n", "ok\n");
    world_end(w);
}

Test(control, garbage_is_refused)
{
    struct world *w = world_listening();
    char huge[3 * REQUEST_MAX];
    memset(huge, 'x', sizeof huge);
    char *answer = ask_raw(w, huge, sizeof huge);
    cr_expect_str_eq(answer, "error: 2 got a line of more than 4095 bytes\n");
    free(answer);
    answer = ask_raw(w, "add recv:\0short=1\n", 18);
    cr_expect_str_eq(answer, "error: 2 got a NUL byte, expected a line of text\n");
    free(answer);
    expect_answer(w, "\x1b[2J\n", "error: 2 got '\\x1b[2J', expected list, stats, add EXPR or remove N\n");
    expect_answer(w, "add recv:short=1\nremove 1", "1\nok\nerror: 2 got a line without an end\n");
    cr_expect_not(w->book.entries[0].removed, "half a line was obeyed");
    world_end(w);
}

/* As long as a request may be, and not a byte more. */
Test(control, a_line_of_4095_bytes_is_heard)
{
    struct world *w = world_listening();
    char request[REQUEST_MAX];
    memset(request, ' ', sizeof request);
    memcpy(request, "add recv:short=1;", 17);
    memcpy(request + sizeof request - 13, "recv:short=2\n", 13);
    char *answer = ask_raw(w, request, sizeof request);
    cr_expect_str_eq(answer, "1\n2\nok\n");
    free(answer);
    world_end(w);
}

Test(control, who_says_nothing_keeps_nobody_waiting)
{
    struct world *w = world_listening();
    enum { SILENT = 100 };
    int fds[SILENT];
    for (int i = 0; i < SILENT; i++) {
        fds[i] = reach(w);
        cr_assert_eq(send(fds[i], "ad", 2, MSG_NOSIGNAL), 2);
    }
    expect_answer(w, "add recv:short=1\n", "1\nok\n");
    for (int i = 0; i < SILENT; i++)
        close(fds[i]);
    expect_answer(w, "remove 1\n", "ok\n");
    world_end(w);
}

Test(control, who_does_not_listen_keeps_nobody_waiting)
{
    struct world *w = world_listening();
    int fd = reach(w);
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    expect_answer(w, "add recv:short=1\n", "1\nok\n");
    while (poll(&writable, 1, 100) == 1 && send(fd, "list\nlist\nlist\n", 15, MSG_DONTWAIT) > 0)
        ;
    expect_answer(w, "remove 1\n", "ok\n");
    close(fd);
    expect_answer(w, "remove 1\n", "error: 1 got rule 1, which has been removed already\n");
    world_end(w);
}

Test(control, who_goes_away_in_the_middle_is_forgotten)
{
    static const char *const pieces[] = {"", "l", "list", "list\n", "list\nadd recv", "remove 7\n\n\n\n"};
    struct world *w = world_listening();
    for (int i = 0; i < 300; i++) {
        const char *piece = pieces[i % 6];
        int fd = reach(w);
        cr_assert_eq(send(fd, piece, strlen(piece), MSG_NOSIGNAL), (ssize_t)strlen(piece));
        close(fd);
    }
    expect_answer(w, "list json\n", "[]\nok\n");
    world_end(w);
}

static int descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

Test(control, the_end_is_told_and_leaves_nothing)
{
    int before = descriptors();
    struct world *w = world_listening();
    int silent = reach(w), asking = reach(w), half = reach(w);
    expect_answer(w, "list\n", "ok\n"); /* so that all have been let in */
    cr_assert_eq(send(half, "li", 2, 0), 2);
    control_end(w->control);
    w->control = NULL;
    cr_expect_lt(access(w->path, F_OK), 0);
    char *answer = hear(silent);
    cr_expect_str_eq(answer, "error: 3 the program has ended\n");
    free(answer);
    answer = hear(half);
    cr_expect_str_eq(answer, "error: 3 the program has ended\n");
    free(answer);
    cr_expect_lt(send(asking, "list\n", 5, MSG_NOSIGNAL), 0);
    close(asking);
    world_end(w);
    cr_expect_eq(descriptors(), before);
}

Test(control, what_was_asked_before_the_end_is_answered)
{
    struct world *w = world_new();
    struct diag diag = {0};
    w->control = control_open(w->path, &diag);
    int list = reach(w), add = reach(w);
    cr_assert_eq(send(list, "list\n", 5, 0), 5);
    cr_assert_eq(send(add, "add recv:short=1\n", 17, 0), 17);
    cr_assert(control_start(w->control, &w->book, &diag));
    control_end(w->control);
    w->control = NULL;
    char *answer = hear(list);
    cr_expect_str_eq(answer, "ok\n");
    free(answer);
    answer = hear(add);
    bool late = strcmp(answer, "error: 3 the program has ended\n") == 0;
    cr_expect(late || strcmp(answer, "1\nok\n") == 0, "%s", answer);
    cr_expect_eq(w->book.count, late ? 0 : 1);
    free(answer);
    world_end(w);
}

Test(control, the_socket_is_private_from_its_birth)
{
    struct world *w = world_new();
    struct diag diag = {0};
    struct stat facts;
    umask(0);
    w->control = control_open(w->path, &diag);
    cr_assert_not_null(w->control, "%s", diag.text);
    cr_assert_eq(lstat(w->path, &facts), 0);
    cr_expect_eq(facts.st_mode, S_IFSOCK | 0600);
    cr_expect_eq(umask(0), 0);
    world_end(w);
}

static void expect_no_socket(const char *path, const char *expected)
{
    struct diag diag = {0};
    struct control *control = control_open(path, &diag);
    cr_expect_null(control);
    cr_expect_str_eq(diag.text, expected);
    control_end(control);
}

Test(control, nothing_that_is_there_is_replaced_but_a_left_over_socket)
{
    struct world *w = world_listening();
    char expected[200];
    struct diag diag = {0};
    snprintf(expected, sizeof expected, "--control=%s: got a socket that is in use, expected a new one",
             w->path);
    expect_no_socket(w->path, expected);
    control_end(w->control);
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert(control_address(w->path, &address, &diag));
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    w->control = control_open(w->path, &diag);
    cr_expect_not_null(w->control, "%s", diag.text);
    control_end(w->control);
    w->control = NULL;
    cr_assert_not_null(freopen(w->path, "w", stdin));
    snprintf(expected, sizeof expected, "--control=%s: got a file that is there, expected a new one",
             w->path);
    expect_no_socket(w->path, expected);
    unlink(w->path);
    world_end(w);
}

Test(control, paths_that_do_not_do)
{
    char path[200] = "/tmp/";
    memset(path + 5, 'x', 150);
    expect_no_socket(path, "--control: got a path of 155 bytes, expected at most 107: "
                           "'/tmp/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'");
    expect_no_socket("", "--control: got '', expected the path of a socket");
    expect_no_socket("/nonexistent/socket", "--control=/nonexistent/socket: No such file or directory");
}

Test(control, another_file_of_that_name_is_left_alone)
{
    struct world *w = world_listening();
    cr_assert_eq(unlink(w->path), 0);
    cr_assert_not_null(freopen(w->path, "w", stdin));
    control_end(w->control);
    w->control = NULL;
    cr_expect_eq(unlink(w->path), 0);
    world_end(w);
}

static _Noreturn void ask_as_nobody(const struct world *w)
{
    char answer[200] = "";
    if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
        _exit(2);
    int fd = reach(w);
    send(fd, "add recv:short=1\n", 17, MSG_NOSIGNAL);
    ssize_t got = recv(fd, answer, sizeof answer - 1, 0);
    _exit(got > 0 && strcmp(answer, "error: 3 got user 65534, expected user 0 or root\n") == 0 ? 0 : 1);
}

Test(control, another_user_is_refused_whatever_the_mode)
{
    if (geteuid() != 0)
        cr_skip_test("not root");
    struct world *w = world_listening();
    int status;
    cr_assert_eq(chmod(w->dir, 0755), 0);
    cr_assert_eq(chmod(w->path, 0666), 0);
    pid_t pid = fork();
    if (pid == 0)
        ask_as_nobody(w);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    expect_answer(w, "list\n", "ok\n");
    world_end(w);
}
