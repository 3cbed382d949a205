#include "harness/sweep/command/words.h"

#include "harness/phrase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text being split. */
struct splitting {
    const char *option, *text, *at;
    struct shell_words words;
    FILE *word; /* the one under way; NULL: none */
    char *made; /* its memory */
    size_t made_len;
    struct diag *diag;
};

static bool wrong(struct splitting *s, const char *at, size_t len, const char *expected)
{
    diag_at(s->diag, s->option, 1, (int)(at - s->text) + 1, "got '%.*s', expected %s", (int)len, at,
            expected);
    return false;
}

static bool no_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "no memory for a command");
    return false;
}

static bool begin(struct splitting *s)
{
    if (s->word == NULL)
        s->word = open_memstream(&s->made, &s->made_len);
    return s->word != NULL || no_memory(s->diag);
}

/* Takes the word over. */
static bool append(struct shell_words *words, char *word, struct diag *diag)
{
    char **grown = word == NULL ? NULL : realloc(words->items, (words->count + 2) * sizeof *grown);
    if (grown == NULL) {
        free(word);
        return no_memory(diag);
    }
    words->items = grown;
    grown[words->count++] = word;
    grown[words->count] = NULL;
    return true;
}

static bool end(struct splitting *s)
{
    if (s->word == NULL)
        return true;
    bool written = fclose(s->word) == 0;
    s->word = NULL;
    char *word = s->made;
    s->made = NULL;
    if (written)
        return append(&s->words, word, s->diag);
    free(word);
    return no_memory(s->diag);
}

/* A '$' that is text: a scenario would take "${" for a variable. */
static void put_dollar(FILE *to, const char *next)
{
    fputs(*next == '{' ? "$$" : "$", to);
}

static bool single_quoted(struct splitting *s)
{
    const char *from = s->at, *close = strchr(from + 1, '\'');
    if (close == NULL)
        return wrong(s, from, strlen(from), "a ' at its end");
    for (const char *c = from + 1; c < close; c++) {
        if (*c == '$')
            put_dollar(s->word, c + 1);
        else
            fputc(*c, s->word);
    }
    s->at = close + 1;
    return true;
}

/* At a '$' that is not quoted by ' or \. */
static bool dollar(struct splitting *s)
{
    const char *close = s->at[1] == '{' ? strchr(s->at, '}') : NULL;
    size_t len = close == NULL ? 0 : (size_t)(close - s->at) + 1;
    if (s->at[1] == '(')
        return wrong(s, s->at, strlen(s->at), "nothing that a shell would run: sh -c '...' does");
    if (s->at[1] == '{' && close == NULL)
        return wrong(s, s->at, strlen(s->at), "a } at its end");
    size_t name = strspn(s->at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    if (name > 0)
        return wrong(s, s->at, 1 + name,
                     "${port}, ${port2} ... or ${dir}: variables of a shell are expanded before");
    len = len == 0 ? 1 : len;
    fwrite(s->at, 1, len, s->word);
    s->at += len;
    return true;
}

static bool backslash(struct splitting *s, bool in_quotes)
{
    char next = s->at[1];
    if (next == '\0')
        return wrong(s, s->at, 1, "a character behind it");
    if (in_quotes && strchr("$`\"\\\n", next) == NULL)
        fputc('\\', s->word);
    if (next == '$')
        put_dollar(s->word, s->at + 2);
    else if (next != '\n')
        fputc(next, s->word);
    s->at += 2;
    return true;
}

static bool double_quoted(struct splitting *s)
{
    const char *from = s->at++;
    while (*s->at != '"') {
        bool ok = true;
        if (*s->at == '\0')
            return wrong(s, from, strlen(from), "a \" at its end");
        if (*s->at == '`')
            return wrong(s, s->at, 1, "nothing that a shell would run: sh -c '...' does");
        if (*s->at == '\\')
            ok = backslash(s, true);
        else if (*s->at == '$')
            ok = dollar(s);
        else
            fputc(*s->at++, s->word);
        if (!ok)
            return false;
    }
    s->at++;
    return true;
}

static bool step(struct splitting *s)
{
    if (strchr("|&;<>()`", *s->at) != NULL)
        return wrong(s, s->at, 1,
                     "a program and its arguments: what a shell does is done by sh -c '...', and in quotes "
                     "it is text");
    if (strchr(" \t\n", *s->at) != NULL) {
        s->at++;
        return end(s);
    }
    if (!begin(s))
        return false;
    switch (*s->at) {
    case '\'':
        return single_quoted(s);
    case '"':
        return double_quoted(s);
    case '\\':
        return backslash(s, false);
    case '$':
        return dollar(s);
    default:
        fputc(*s->at++, s->word);
        return true;
    }
}

bool shell_words_split(const char *option, const char *text, struct shell_words *ret, struct diag *diag)
{
    struct splitting s = {.option = option, .text = text, .at = text, .diag = diag};
    bool ok = true;
    while (ok && *s.at != '\0')
        ok = step(&s);
    ok = ok && end(&s);
    if (ok && s.words.count == 0)
        ok = wrong(&s, text, strlen(text), "a program and its arguments");
    if (s.word != NULL)
        fclose(s.word);
    free(s.made);
    s.words.typed = ok ? strdup(text) : NULL;
    if (ok && s.words.typed == NULL)
        ok = no_memory(diag);
    if (ok)
        *ret = s.words;
    else
        shell_words_free(&s.words);
    return ok;
}

/* With "$${" for "${"; malloc'd. */
static char *as_text(const char *word)
{
    char *made = NULL;
    size_t len;
    FILE *to = open_memstream(&made, &len);
    if (to == NULL)
        return NULL;
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '$')
            put_dollar(to, c + 1);
        else
            fputc(*c, to);
    }
    if (fclose(to) == 0)
        return made;
    free(made);
    return NULL;
}

bool shell_words_take(char *const *words, size_t count, struct shell_words *ret, struct diag *diag)
{
    struct shell_words taken = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = append(&taken, as_text(words[i]), diag);
    taken.typed = ok ? phrase_command(words) : NULL;
    if (ok && taken.typed == NULL)
        ok = no_memory(diag);
    if (ok)
        *ret = taken;
    else
        shell_words_free(&taken);
    return ok;
}

void shell_words_free(struct shell_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    free(words->items);
    free(words->typed);
    *words = (struct shell_words){0};
}
