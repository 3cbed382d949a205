/* sockfault ctl: asks a program that runs under `wrap --control` about its rules, and changes them. */
#include "harness/cli/cli.h"
#include "harness/clock.h"
#include "harness/control/endpoint.h"
#include "harness/control/request.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE_S = 10,       /* looking up a site in a large program takes its time */
    ANSWER_MAX = 16 << 20, /* bytes: more is no answer of ours */
};

struct ctl_command {
    const char *path, *verb, *argument; /* argument: NULL if there is none */
    bool json;
};

/* An answer as it comes: whole lines are looked at once. */
struct answer {
    char *text;
    size_t len, seen;
    const char *verdict; /* in text: the closing line; what is before it is the body. NULL: not there yet */
};

static void say_nobody(const char *path, struct diag *diag)
{
    if (errno == ENOENT || errno == ECONNREFUSED)
        diag_set(diag, STATUS_TROUBLE, "%s: nobody listens there: no `sockfault wrap --control' runs with it",
                 path);
    else if (errno == EAGAIN)
        diag_set(diag, STATUS_TROUBLE, "%s: no answer within %d s", path, PATIENCE_S);
    else
        diag_set(diag, STATUS_TROUBLE, "%s: %m", path);
}

/* A connected socket, or -1 with *diag. */
static int reach(const char *path, struct diag *diag)
{
    struct sockaddr_un address;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (!control_address(path, &address, diag))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    say_nobody(path, diag);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* EPIPE is no reason to give up: the answer may say why nobody wants to hear it. */
static void ask(int fd, const struct ctl_command *command)
{
    char line[REQUEST_MAX];
    const char *argument = command->json ? "json" : command->argument;
    int len = snprintf(line, sizeof line, "%s%s%s\n", command->verb, argument != NULL ? " " : "",
                       argument != NULL ? argument : "");
    for (int sent = 0; sent < len;) {
        ssize_t n = send(fd, line + sent, (size_t)(len - sent), MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            break;
        sent += n > 0 ? (int)n : 0;
    }
    shutdown(fd, SHUT_WR);
}

/* Looks for the closing line in what has come. */
static bool is_complete(struct answer *answer)
{
    char *end;
    while ((end = memchr(answer->text + answer->seen, '\n', answer->len - answer->seen)) != NULL) {
        const char *line = answer->text + answer->seen;
        *end = '\0';
        if (strcmp(line, "ok") == 0 || strncmp(line, "error: ", 7) == 0) {
            answer->verdict = line;
            return true;
        }
        *end = '\n';
        answer->seen = (size_t)(end - answer->text) + 1;
    }
    return false;
}

/* One more piece. false: there is none, or no room. */
static bool hear_more(int fd, struct answer *answer)
{
    enum { PIECE = 1 << 16 };
    char *grown = answer->len < ANSWER_MAX ? realloc(answer->text, answer->len + PIECE) : NULL;
    if (grown == NULL)
        return false;
    answer->text = grown;
    ssize_t got = recv(fd, answer->text + answer->len, PIECE, MSG_DONTWAIT);
    if (got > 0)
        answer->len += (size_t)got;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool hear(int fd, const char *path, struct answer *answer, struct diag *diag)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int64_t until_ns = clock_ns() + PATIENCE_S * NS_PER_S;
    for (;;) {
        int there = poll(&readable, 1, clock_ms_until(until_ns));
        if (there == 0)
            diag_set(diag, STATUS_TROUBLE, "%s: no answer within %d s", path, PATIENCE_S);
        else if (there > 0 && !hear_more(fd, answer))
            diag_set(diag, STATUS_TROUBLE, "%s: got no answer: the program has ended", path);
        if (!diag_ok(diag))
            return false;
        if (answer->text != NULL && is_complete(answer))
            return true;
    }
}

/* Says what "error: N MESSAGE" means. Of a wrong expression, also where. */
static enum status tell_refusal(const struct ctl_command *command, const char *verdict)
{
    int status = STATUS_TROUBLE, used = 0;
    unsigned int column = 0;
    struct diag diag = {0};
    sscanf(verdict, "error: %d %n", &status, &used);
    if (used == 0 || status < STATUS_FAILED || status > STATUS_TROUBLE)
        status = STATUS_TROUBLE;
    diag_set(&diag, (enum status)status, "%s", verdict + used);
    cli_say(&diag);
    if (command->argument != NULL && sscanf(diag.text, "EXPR:1:%u: error: ", &column) == 1)
        cli_show(command->argument, column);
    return (enum status)status;
}

static enum status tell(const struct ctl_command *command, const struct answer *answer)
{
    if (strcmp(answer->verdict, "ok") != 0)
        return tell_refusal(command, answer->verdict);
    fwrite(answer->text, 1, answer->seen, stdout);
    return STATUS_HELD;
}

static enum status converse(const struct ctl_command *command)
{
    struct diag diag = {0};
    struct answer answer = {0};
    enum status status = STATUS_HELD;
    int fd = reach(command->path, &diag);
    if (fd >= 0) {
        ask(fd, command);
        if (hear(fd, command->path, &answer, &diag))
            status = tell(command, &answer);
        close(fd);
    }
    if (!diag_ok(&diag)) {
        cli_say(&diag);
        status = diag.status;
    }
    free(answer.text);
    return status;
}

static const struct ctl_verb {
    const char *name, *argument, *expected; /* argument: NULL if it takes none */
    bool json;
} verbs[] = {
    {"list", NULL, NULL, true},
    {"add", "EXPR", "a fault expression, as --fault has it", false},
    {"remove", "N", "the number of a rule", false},
    {"stats", NULL, NULL, true},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const struct ctl_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static error_t take_argument(const struct argp_state *state, struct ctl_command *command, char *argument)
{
    const struct ctl_verb *verb = command->verb != NULL ? find_verb(command->verb) : NULL;
    if (command->path == NULL)
        command->path = argument;
    else if (command->verb == NULL && find_verb(argument) == NULL)
        return cli_wrong(state, "COMMAND", argument, "list, add, remove or stats");
    else if (command->verb == NULL)
        command->verb = argument;
    else if (verb->argument == NULL)
        return cli_wrong(state, verb->name, argument, "no argument");
    else if (command->argument != NULL)
        return cli_wrong(state, verb->name, argument, "one argument");
    else
        command->argument = argument;
    return 0;
}

/* What cannot be asked in a line. */
static error_t check_expression(const char *text)
{
    size_t len = strcspn(text, "\n"), most = REQUEST_MAX - strlen("add \n") - 1;
    if (text[len] == '\n')
        fprintf(stderr, "EXPR:1:%zu: error: got a line break, expected one line\n", len + 1);
    else if (len > most)
        fprintf(stderr, "EXPR:1:%zu: error: got %zu bytes, expected at most %zu\n", most + 1, len, most);
    return text[len] == '\n' || len > most ? EINVAL : 0;
}

static error_t check(struct argp_state *state, const struct ctl_command *command)
{
    const struct ctl_verb *verb = command->verb != NULL ? find_verb(command->verb) : NULL;
    unsigned long long number;
    if (verb == NULL) {
        argp_error(state, "got no %s, expected SOCKET and list, add EXPR, remove N or stats",
                   command->path == NULL ? "SOCKET" : "COMMAND");
        return EINVAL;
    }
    if (verb->argument != NULL && command->argument == NULL) {
        argp_error(state, "%s: got no %s, expected %s", verb->name, verb->argument, verb->expected);
        return EINVAL;
    }
    if (command->json && !verb->json)
        return cli_wrong(state, "--json", verb->name, "list or stats");
    if (strcmp(verb->name, "add") == 0)
        return check_expression(command->argument);
    if (verb->argument != NULL && !cli_number(command->argument, 1, UINT32_MAX, &number))
        return cli_wrong(state, verb->name, command->argument, verb->expected);
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct ctl_command *command = state->input;
    switch (key) {
    case 'j':
        command->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return take_argument(state, command, argument);
    case ARGP_KEY_END:
        return check(state, command);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum status command_ctl(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"json", 'j', NULL, 0, "with list and stats: one line of JSON", 0},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "SOCKET list|stats\nSOCKET add EXPR\nSOCKET remove N",
        .doc = "Rules of a program that runs under `sockfault wrap --control=SOCKET'.\v"
               "add prints the numbers of the new rules, a line each: all of EXPR or none are added, and "
               "apply at "
               "once. A rule that is removed keeps its number and its counts.\n"
               "Exit status: 0 it was done; 1 there is no such rule; 2 EXPR or the command line is wrong; 3 "
               "nobody listens at SOCKET, or it could not be done.",
    };
    struct ctl_command command = {0};
    enum cli_next next = cli_parse(&argp, 0, argc, argv, &command);
    if (next != CLI_GO_ON)
        return next == CLI_HELPED ? STATUS_HELD : STATUS_USAGE;
    return converse(&command);
}
