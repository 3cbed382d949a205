/* Text for messages and shells, made in malloc'd memory. */
#ifndef SOCKFAULT_RUN_PHRASE_H
#define SOCKFAULT_RUN_PHRASE_H

/* printf into malloc'd memory; NULL when there is none. */
char *phrase_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends to *text (malloc'd or NULL), with `separator` in between when there was something. */
void phrase_append(char **text, const char *separator, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Arguments as they could be typed into a shell; `words` ends with NULL. malloc'd. */
char *phrase_command(char *const *words);

/* One word of it. */
char *phrase_quote(const char *word);

#endif
