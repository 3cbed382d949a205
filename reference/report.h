#ifndef REFERENCE_REPORT_H
#define REFERENCE_REPORT_H

/* Writes "PROGRAM: message" as one line to stderr. errno is left as it was. Any thread or process may call
 * it. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
