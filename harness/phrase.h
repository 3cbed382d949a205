/* Text for messages and shells, made in malloc'd memory. */
#ifndef SOCKFAULT_RUN_PHRASE_H
#define SOCKFAULT_RUN_PHRASE_H

/* Appends to *text (malloc'd or NULL), with `separator` in between when there was something. */
void phrase_append(char **text, const char *separator, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Arguments as they could be typed into a shell; `words` ends with NULL. malloc'd. */
char *phrase_command(char *const *words);

/* One word of it. */
char *phrase_quote(const char *word);

#endif
