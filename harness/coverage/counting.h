/* Whether a program counts what of it was reached: it was built with --coverage. */
#ifndef SOCKFAULT_COVERAGE_COUNTING_H
#define SOCKFAULT_COVERAGE_COUNTING_H

#include <stdbool.h>

enum counting { COUNTING_NOT, COUNTING_GCC, COUNTING_CLANG };

/*
 * By the symbols of the file, or, of a stripped one, the names of what it writes; libraries it loads are not
 * looked at. *ret_major: version of gcc, as its compiler noted it (.comment); 0: it did not. What cannot be
 * read counts nothing.
 */
enum counting counting_of(const char *path, int *ret_major);

#endif
