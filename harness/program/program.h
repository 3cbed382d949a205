/* What can be said of an executable before it is started, and of an address in it afterwards. libelf and
 * libdw. */
#ifndef SOCKFAULT_PROGRAM_H
#define SOCKFAULT_PROGRAM_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum preload_obstacle {
    PRELOAD_FINE,
    PRELOAD_STATIC,  /* no dynamic loader: static, or Go */
    PRELOAD_SETUID,  /* set-uid, set-gid or file capabilities that mean something to us: ld.so ignores
                        LD_PRELOAD */
    PRELOAD_FOREIGN, /* another architecture, word size or C library than Sockfault's own */
    PRELOAD_NOT_ELF, /* neither ELF nor a script with a #! line */
};

/* Of a script, obstacle and sanitizer are those of its interpreter. A file that may not be read counts as
 * fine. */
struct program {
    char path[4096];        /* absolute; symbolic links in it are not followed */
    char interpreter[4096]; /* absolute; what runs a #! script (for `env NAME`, that NAME), else "" */
    enum preload_obstacle obstacle;
    char sanitizer[64]; /* soname of a shared sanitizer runtime that must come first in LD_PRELOAD, else "" */
    bool is_go;         /* made by the Go toolchain, in whole or in part */
    bool is_asan;       /* built with AddressSanitizer, as far as it can be told (elf_facts.h) */
    bool third_party;   /* found in the third-party folder: needs its library path */
};

/*
 * Looks a program up as execvp(3) does: with a slash relative to `root` (absolute), else in `path` (a PATH
 * string; NULL: the system's default), then in THIRD_PARTY/bin (may be NULL). false with *diag (TROUBLE) and
 * errno: ENOENT, it or its interpreter is not there ("x: program not found in PATH"); EACCES, not executable.
 */
bool program_find(const char *name, const char *root, const char *path, const char *third_party,
                  struct program *ret, struct diag *diag);

/* One sentence: why the shim cannot be loaded into it, and what can be done; NULL when it can. */
const char *program_obstacle(const struct program *program);

/* A few words: why time cannot be virtual for it; NULL when nothing is known that speaks against it. */
const char *program_real_time_reason(const struct program *program);

/*
 * Sites. A resolver keeps the modules it has opened. Debug information is taken from the file itself, or by
 * build-id or debuglink from the usual places; never from the network. Not for several threads at once
 * (DEBUGINFOD_URLS is taken out of the environment for a moment).
 */
struct sites;
struct sites *sites_new(void); /* NULL: no memory */
void sites_free(struct sites *sites);
/*
 * "client.c:88" for an address in the file (offset = address in memory - load bias), or "FUNCTION+0x12
 * (module)", or "module+0x1234". The address is a return address: the call is the instruction before it.
 * malloc'd; NULL: no memory.
 */
char *sites_text(struct sites *sites, const char *module, uint64_t offset);

/*
 * The source file and line of it, as debug information names the file: absolute, or below the folder it was
 * compiled in. malloc'd; NULL: not known, or no memory.
 */
char *sites_source(struct sites *sites, const char *module, uint64_t offset, int *ret_line);

enum { BUILD_ID_MAX = 2 * 64 + 1 };
/*
 * The build-id of an ELF file (ld(1), --build-id) in hexadecimal. false, and "": it has none, or cannot be
 * read.
 */
bool program_build_id(const char *path, char ret[BUILD_ID_MAX]);

#endif
