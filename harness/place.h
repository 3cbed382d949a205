/* Where something stands in a file. */
#ifndef SOCKFAULT_PLACE_H
#define SOCKFAULT_PLACE_H

struct place {
    const char *file; /* as the user named it */
    int line, column; /* 1-based */
};

#endif
