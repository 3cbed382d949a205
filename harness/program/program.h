/* What can be said of an executable before it is started, and of an address in it afterwards. libelf and libdw. */
#ifndef SOCKFAULT_PROGRAM_H
#define SOCKFAULT_PROGRAM_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum preload_obstacle {
    PRELOAD_FINE,
    PRELOAD_STATIC,   /* no dynamic loader: static, or Go */
    PRELOAD_SETUID,   /* ld.so ignores LD_PRELOAD (and we are not that user) */
    PRELOAD_FOREIGN,  /* another architecture or word size */
    PRELOAD_NOT_ELF,  /* a script: `interpreter` says what runs it */
};

struct program {
    char path[4096];        /* resolved, absolute */
    char interpreter[256];  /* of a #! script, else "" */
    enum preload_obstacle obstacle;
    char sanitizer[64];     /* soname of a shared sanitizer runtime that must come first in LD_PRELOAD, else "" */
    bool third_party;       /* found in the third-party folder: needs its library path */
};

/*
 * Looks a program up: with a slash relative to `root`, else in `path` (a PATH string), then in THIRD_PARTY/bin (may be
 * NULL). false with *diag: not found (TROUBLE, "x: program not found in PATH"), not executable.
 */
bool program_find(const char *name, const char *root, const char *path, const char *third_party,
                  struct program *ret, struct diag *diag);

/* One sentence: why the shim cannot be loaded into it, and what can be done; NULL when it can. */
const char *program_obstacle(const struct program *program);

/* Sites. A resolver keeps the modules it has opened. */
struct sites;
struct sites *sites_new(void);
void sites_free(struct sites *sites);
/*
 * "client.c:88" for an address in the file (offset = address in memory - load bias), or "FUNCTION+0x12 (module)", or
 * "module+0x1234". The address is a return address: the call is the instruction before it. malloc'd.
 */
char *sites_text(struct sites *sites, const char *module, uint64_t offset);

#endif
