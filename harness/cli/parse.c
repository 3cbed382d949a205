#include "harness/cli/cli.h"
#include "harness/phrase.h"
#include "shim/model/expr.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_HELP = 1000, KEY_USAGE };

/* argp's own --help goes on parsing under ARGP_NO_EXIT, and then complains of what --help made needless. */
static const struct argp_option help_options[] = {
    {"help", KEY_HELP, NULL, 0, "print this, and end", -1},
    {"usage", KEY_USAGE, NULL, 0, "print the options in short, and end", -1},
    {0},
};

static error_t help_key(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case KEY_HELP:
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return ECANCELED;
    case KEY_USAGE:
        argp_state_help(state, stdout, ARGP_HELP_USAGE);
        return ECANCELED;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum cli_next cli_parse(const struct argp *argp, unsigned int flags, int argc, char **argv, void *input)
{
    const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
    const struct argp all = {help_options, help_key, NULL, NULL, children, NULL, NULL};
    error_t error = argp_parse(&all, argc, argv, flags | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, input);
    if (error == ECANCELED)
        return CLI_HELPED;
    return error == 0 ? CLI_GO_ON : CLI_WRONG;
}

error_t cli_wrong(const struct argp_state *state, const char *option, const char *got, const char *expected)
{
    argp_error(state, "%s: got '%s', expected %s", option, got, expected);
    return EINVAL;
}

void cli_say(const struct diag *diag)
{
    bool placed = strstr(diag->text, ": error: ") != NULL;
    fprintf(stderr, "%s%s\n", placed ? "" : "sockfault: ", diag->text);
}

void cli_show(const char *text, unsigned int column)
{
    fputs("    ", stderr);
    for (const char *at = text; *at != '\0'; at++)
        fputc((unsigned char)*at < ' ' && *at != '\t' ? '?' : *at, stderr); /* nothing for the terminal */
    fputs("\n    ", stderr);
    for (unsigned int i = 1; i < column && text[i - 1] != '\0'; i++)
        fputc(text[i - 1] == '\t' ? '\t' : ' ', stderr);
    fputs("^\n", stderr);
}

bool cli_number(const char *text, unsigned long long low, unsigned long long high, unsigned long long *ret)
{
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    errno = 0;
    unsigned long long value = strtoull(text, NULL, 10);
    if (errno != 0 || value < low || value > high)
        return false;
    *ret = value;
    return true;
}

bool cli_duration(const char *text, int64_t *ret_ns)
{
    int64_t value;
    if (!parse_duration(text, strlen(text), &value) || value <= 0)
        return false;
    *ret_ns = value;
    return true;
}

bool cli_shard(const char *text, unsigned int *ret_shard, unsigned int *ret_shards)
{
    char first[24];
    size_t len = strcspn(text, "/");
    unsigned long long index, count;
    if (len >= sizeof first || text[len] != '/')
        return false;
    memcpy(first, text, len);
    first[len] = '\0';
    if (!cli_number(text + len + 1, 1, CLI_SHARDS_MAX, &count) || !cli_number(first, 1, count, &index))
        return false;
    *ret_shard = (unsigned int)index;
    *ret_shards = (unsigned int)count;
    return true;
}

unsigned int cli_jobs(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 2 : 2 * (unsigned int)count;
}

char *cli_called_by(const char *command)
{
    const char *blank = strrchr(command, ' ');
    char *sockfault = strndup(command, blank == NULL ? strlen(command) : (size_t)(blank - command));
    char *word = sockfault == NULL ? NULL : phrase_quote(sockfault);
    free(sockfault);
    return word;
}
