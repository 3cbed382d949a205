#include "harness/control/request.h"
#include "harness/control/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `json` or nothing. */
static bool read_form(const char *argument, bool *ret_json, struct diag *diag)
{
    *ret_json = strcmp(argument, "json") == 0;
    if (!*ret_json && *argument != '\0')
        diag_set(diag, STATUS_USAGE, "got '%.100s', expected json or nothing", argument);
    return diag_ok(diag);
}

static void do_list(struct book *book, const char *argument, FILE *to, struct diag *diag)
{
    bool json;
    if (read_form(argument, &json, diag))
        (json ? tell_rules_json : tell_rules)(book, to);
}

static void do_stats(struct book *book, const char *argument, FILE *to, struct diag *diag)
{
    bool json;
    if (read_form(argument, &json, diag))
        (json ? tell_stats_json : tell_stats)(book, to);
}

static void do_add(struct book *book, const char *argument, FILE *to, struct diag *diag)
{
    uint32_t count, first = book_add(book, argument, &count, diag);
    for (uint32_t i = 0; first > 0 && i < count; i++)
        fprintf(to, "%u\n", first + i);
}

static void do_remove(struct book *book, const char *argument, FILE *to, struct diag *diag)
{
    char *end;
    (void)to;
    unsigned long number = strtoul(argument, &end, 10);
    if (*argument < '0' || *argument > '9' || *end != '\0' || number > UINT32_MAX)
        diag_set(diag, STATUS_USAGE, "got '%.100s', expected the number of a rule", argument);
    else
        book_remove(book, (uint32_t)number, diag);
}

static const struct verb {
    const char *name;
    void (*act)(struct book *book, const char *argument, FILE *to, struct diag *diag);
    bool changes; /* rules, which takes a program that runs */
} verbs[] = {
    {"list", do_list, false},
    {"stats", do_stats, false},
    {"add", do_add, true},
    {"remove", do_remove, true},
};

/* The verb a line begins with, and where what follows it stands. */
static const struct verb *find_verb(const char *line, const char **ret_argument)
{
    size_t len = strcspn(line, " ");
    *ret_argument = line + len + strspn(line + len, " ");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strlen(verbs[i].name) == len && strncmp(verbs[i].name, line, len) == 0)
            return &verbs[i];
    return NULL;
}

static void act(struct book *book, const char *line, size_t len, bool ended, FILE *to, struct diag *diag)
{
    const char *argument;
    const struct verb *verb = find_verb(line, &argument);
    if (strlen(line) != len)
        diag_set(diag, STATUS_USAGE, "got a NUL byte, expected a line of text");
    else if (verb == NULL)
        diag_set(diag, STATUS_USAGE, "got '%.*s', expected list, stats, add EXPR or remove N",
                 (int)strcspn(line, " ") < 100 ? (int)strcspn(line, " ") : 100, line);
    else if (verb->changes && ended)
        diag_set(diag, STATUS_TROUBLE, "the program has ended");
    else
        verb->act(book, argument, to, diag);
}

/* A message is one line here: what is asked may be quoted in it, and there may be a hint below. */
static void put_refusal(FILE *to, const struct diag *diag)
{
    fprintf(to, "error: %d ", (int)diag->status);
    tell_line(to, diag->text);
    fputc('\n', to);
}

/* What was written to a memory stream, or NULL with it freed. */
static char *close_stream(FILE *stream, char **text)
{
    bool failed = ferror(stream);
    if (fclose(stream) == 0 && !failed)
        return *text;
    free(*text);
    return NULL;
}

char *request_refusal(const struct diag *diag, size_t *ret_len)
{
    char *answer = NULL;
    FILE *to = open_memstream(&answer, ret_len);
    if (to == NULL)
        return NULL;
    put_refusal(to, diag);
    return close_stream(to, &answer);
}

char *request_answer(struct book *book, const char *line, size_t len, bool ended, size_t *ret_len)
{
    char *answer = NULL;
    struct diag diag = {0};
    FILE *to = open_memstream(&answer, ret_len);
    if (to == NULL)
        return NULL;
    act(book, line, len, ended, to, &diag);
    fputs("ok\n", to);
    answer = close_stream(to, &answer);
    if (diag_ok(&diag))
        return answer;
    free(answer);
    return request_refusal(&diag, ret_len);
}
