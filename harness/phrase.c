#include "harness/phrase.h"

#include "harness/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void phrase_append(char **text, const char *separator, const char *format, ...)
{
    char *more = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&more, format, arguments) < 0)
        more = NULL;
    va_end(arguments);
    if (!more)
        return;
    char *joined = *text ? text_format("%s%s%s", *text, separator, more) : strdup(more);
    free(more);
    if (!joined)
        return;
    free(*text);
    *text = joined;
}

static bool plain_word(const char *word)
{
    if (!*word)
        return false;
    for (const char *c = word; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-+=./,:@%", *c))
            return false;
    return true;
}

char *phrase_quote(const char *word)
{
    if (plain_word(word))
        return strdup(word);
    char *quoted = malloc(4 * strlen(word) + 3);
    if (!quoted)
        return NULL;
    char *to = quoted;
    *to++ = '\'';
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *c;
    }
    *to++ = '\'';
    *to = '\0';
    return quoted;
}

char *phrase_command(char *const *words)
{
    char *command = NULL;
    for (; *words; words++) {
        char *quoted = phrase_quote(*words);
        phrase_append(&command, " ", "%s", quoted ? quoted : "?");
        free(quoted);
    }
    return command;
}
