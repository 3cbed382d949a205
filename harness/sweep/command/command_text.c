#include "harness/sweep/command/command.h"
#include "harness/text.h"
#include "shim/model/rule.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for a scenario");
    return false;
}

/* A double-quoted scalar (YAML 1.2, 7.3.1). */
static void put_scalar(FILE *to, const char *text)
{
    fputc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(to, "\\%c", *c);
        else if (*c == '\n' || *c == '\t')
            fputs(*c == '\n' ? "\\n" : "\\t", to);
        else if (*c < ' ' || *c == 0x7f)
            fprintf(to, "\\x%02x", *c);
        else
            fputc(*c, to);
    }
    fputc('"', to);
}

static void put_words(FILE *to, const struct shell_words *words)
{
    fputc('[', to);
    for (size_t i = 0; i < words->count; i++) {
        fputs(i == 0 ? "" : ", ", to);
        put_scalar(to, words->items[i]);
    }
    fputc(']', to);
}

static const char *base_name(const struct shell_words *words)
{
    const char *slash = strrchr(words->items[0], '/');
    return slash == NULL ? words->items[0] : slash + 1;
}

/* What a process may be called: the program's name, as far as it can be one. */
static void process_name(const struct shell_words *words, char name[RULE_PROCESS_MAX])
{
    snprintf(name, RULE_PROCESS_MAX, "%s", base_name(words));
    for (char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("_-.", *c) == NULL)
            *c = '_';
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        snprintf(name, RULE_PROCESS_MAX, "program");
}

bool command_name(struct command *command)
{
    char one[RULE_PROCESS_MAX], other[RULE_PROCESS_MAX];
    if (command->program.count > 0) {
        process_name(&command->program, one);
        command->name = strdup(one);
    } else {
        process_name(&command->server, one);
        process_name(&command->client, other);
        command->name = text_format("%s-%s", one, other);
    }
    return command->name != NULL;
}

/* The command on one line, with nothing in it that the scenario would expand. */
static char *claim_part(const struct shell_words *words)
{
    char *items[] = {text_escaped(words->typed, strlen(words->typed), false), NULL};
    struct shell_words text = {0};
    struct diag diag = {0};
    char *line = NULL;
    if (items[0] != NULL && shell_words_take(items, 1, &text, &diag))
        line = strdup(text.items[0]);
    shell_words_free(&text);
    free(items[0]);
    return line;
}

static bool put_claim(FILE *to, const struct command *command)
{
    bool alone = command->program.count > 0;
    char *first = claim_part(alone ? &command->program : &command->server);
    char *second = alone ? strdup("") : claim_part(&command->client);
    char *claim =
        first == NULL || second == NULL ? NULL : text_format("%s%s%s", first, alone ? "" : ", and ", second);
    if (claim != NULL) {
        fputs("scenario: ", to);
        put_scalar(to, claim);
        fputc('\n', to);
    }
    free(first);
    free(second);
    free(claim);
    return claim != NULL;
}

static void put_process(FILE *to, const char *name, const struct shell_words *words, const char *more)
{
    fprintf(to, "  %s:\n    run: ", name);
    put_words(to, words);
    fprintf(to, "\n    cwd: \"${root}\"\n%s", more);
}

static void put_ending(FILE *to, const char *name, const struct command_facts *facts)
{
    char signal[TEXT_SIGNAL_MAX];
    if (facts->signal != 0)
        fprintf(to, "  %s: {signal: %s}\n", name, text_signal(facts->signal, signal));
    else
        fprintf(to, "  %s: {exit: %d}\n", name, facts->status);
}

static void put_program(FILE *to, const struct command *command, const struct command_facts *facts)
{
    char name[RULE_PROCESS_MAX];
    process_name(&command->program, name);
    fputs("processes:\n", to);
    put_process(to, name, &command->program, "");
    fputs("expect:\n", to);
    put_ending(to, name, facts);
}

static void put_pair(FILE *to, const struct command *command, const struct command_facts *facts)
{
    char ready[64] = "    ready: listening\n";
    if (command->port != 0)
        snprintf(ready, sizeof ready, "    ready: {listening: %u}\n", command->port);
    fputs("processes:\n", to);
    put_process(to, "server", &command->server, ready);
    put_process(to, "client", &command->client, "    after: server\n");
    fputs("expect:\n", to);
    put_ending(to, "client", facts);
    fputs("  server: {running: true}\n", to);
}

static bool put_all(FILE *to, const struct command *command, const struct command_facts *facts)
{
    if (!put_claim(to, command))
        return false;
    if (facts->machine)
        fputs("network: machine\n", to);
    if (command->program.count > 0)
        put_program(to, command, facts);
    else
        put_pair(to, command, facts);
    return true;
}

static bool check_words(const struct shell_words *words, struct diag *diag)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        size_t len = strlen(word), taken = 0;
        for (size_t at = 0; at < len; at += taken) {
            if (text_rune(word + at, len - at, &taken) >= 0)
                continue;
            diag_set(diag, STATUS_USAGE,
                     "word %zu of the command: got bytes that are not UTF-8, expected UTF-8", i + 1);
            return false;
        }
    }
    return true;
}

/* With a port that is said, ${port} is that one. */
static bool replace_port(const struct command *command, char **text)
{
    static const char variable[] = "${port}";
    char number[8], *made = NULL;
    size_t len;
    FILE *to = open_memstream(&made, &len);
    snprintf(number, sizeof number, "%u", command->port);
    for (const char *c = *text; to != NULL && *c != '\0';) {
        bool is_port = strncmp(c, variable, strlen(variable)) == 0 && (c == *text || c[-1] != '$');
        if (is_port)
            fputs(number, to);
        else
            fputc(*c, to);
        c += is_port ? strlen(variable) : 1;
    }
    if (to == NULL || fclose(to) != 0)
        return false;
    free(*text);
    *text = made;
    return true;
}

bool command_text(const struct command *command, const struct command_facts *facts, char **ret,
                  struct diag *diag)
{
    char *made = NULL;
    size_t len;
    if (!check_words(&command->program, diag) || !check_words(&command->server, diag) ||
        !check_words(&command->client, diag))
        return false;
    FILE *to = open_memstream(&made, &len);
    if (to == NULL)
        return no_memory(diag);
    bool put = put_all(to, command, facts);
    bool ok = fclose(to) == 0 && put && (command->port == 0 || replace_port(command, &made));
    if (ok) {
        *ret = made;
        return true;
    }
    free(made);
    return no_memory(diag);
}

void command_free(struct command *command)
{
    shell_words_free(&command->program);
    shell_words_free(&command->server);
    shell_words_free(&command->client);
    free(command->name);
    *command = (struct command){0};
}
