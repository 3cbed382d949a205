/* sockfault COMMAND ...: finds the command, runs it, exits with what it returns. */
#include "harness/cli/cli.h"
#include "harness/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
    const char *name;
    enum status (*run)(int argc, char **argv);
    const char *help;
};

static const struct command commands[] = {
    {"run", command_run, "run scenarios: files or folders of them"},
    {"sweep", command_sweep, "try every fault that is legal at every place of a scenario"},
    {"replay", command_replay, "run what a sweep has recorded once more"},
    {"shrink", command_shrink, "find the few faults by which a scenario fails"},
    {"wrap", command_wrap, "run one program under faults, or trace it"},
    {"ctl", command_ctl, "list, add and remove rules of a program that runs"},
    {"check", command_check, "read and validate scenarios, run nothing"},
    {"list", command_list, "print what exists: calls, faults, errors, expectations, keys"},
    {"doctor", command_doctor, "say what this machine allows, and what is lost where it does not"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *to)
{
    fprintf(to, "Usage: sockfault COMMAND [OPTION...] [ARGUMENT...]\n"
                "Make socket calls misbehave as the kernel could, and say what a program does about it.\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "\n`sockfault COMMAND --help' tells a command's options; the manual is sockfault(1).\n"
                "Exit status: 0 all held; 1 something did not; 2 the command line or a scenario is wrong;\n"
                "3 Sockfault could not do its work. `wrap' exits as env(1) does.\n");
}

/* How many letters have to be put in, left out or changed to make one word of the other; words of up to 15.
 */
static unsigned int distance(const char *one, const char *other)
{
    unsigned int row[16];
    size_t width = strlen(other);
    if (width > 15)
        return 16;
    for (unsigned int i = 0; i <= width; i++)
        row[i] = i;
    for (; *one != '\0'; one++) {
        unsigned int diagonal = row[0]++;
        for (size_t i = 1; i <= width; i++) {
            unsigned int best = diagonal + (*one != other[i - 1]);
            diagonal = row[i];
            if (row[i] + 1 < best)
                best = row[i] + 1;
            row[i] = row[i - 1] + 1 < best ? row[i - 1] + 1 : best;
        }
    }
    return row[width];
}

static const char *nearest(const char *word)
{
    const char *name = NULL;
    unsigned int best = 3; /* further off, a suggestion is a guess */
    for (int i = 0; i < COMMANDS; i++) {
        unsigned int far = distance(word, commands[i].name);
        if (far < best) {
            best = far;
            name = commands[i].name;
        }
    }
    return name;
}

static enum status unknown(const char *word)
{
    fprintf(stderr, "sockfault: error: got '%s', expected a command: ", word);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(stderr, "%s%s", i == 0 ? "" : i == COMMANDS - 1 ? " or " : ", ", commands[i].name);
    const char *near = nearest(word);
    if (near != NULL)
        fprintf(stderr, " (did you mean '%s'?)", near);
    fprintf(stderr, "\nTry `sockfault --help' for more information.\n");
    return STATUS_USAGE;
}

static enum status dispatch(int argc, char **argv)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        char *name = NULL;
        if (asprintf(&name, "%s %s", argv[0], commands[i].name) < 0)
            return STATUS_TROUBLE;
        argv[1] = name;
        enum status status = commands[i].run(argc - 1, argv + 1);
        free(name);
        return status;
    }
    return unknown(argv[1]);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("sockfault " SOCKFAULT_VERSION);
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
    } else {
        int status = (int)dispatch(argc, argv);
        /* A report nobody could read is no report: a full disk must not look like success. */
        if (fflush(stdout) != 0 && status == STATUS_HELD) {
            perror("sockfault: standard output");
            return STATUS_TROUBLE;
        }
        return status;
    }
    return fflush(stdout) == 0 ? STATUS_HELD : STATUS_TROUBLE;
}
