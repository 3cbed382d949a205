/* Programs that a test compiles for itself, in a folder of its own. */
#ifndef SOCKFAULT_TESTS_COMPILED_H
#define SOCKFAULT_TESTS_COMPILED_H

/* For .init and .fini of a suite. */
void compiled_begin(void);
void compiled_end(void);

/* The absolute path of a file in the folder; there is room for several at a time. */
const char *compiled_path(const char *name);

void compiled_write(const char *name, const char *text);

/* Runs a shell command in the folder; the test ends when it fails. */
void compiled_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
