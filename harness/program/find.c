#include "harness/program/elf_facts.h"
#include "harness/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof((struct program *)NULL)->path, SCRIPT_DEPTH = 4 };

/* Where names are looked up. */
struct places {
    const char *root, *path, *third_party;
};

/* 0 when exec would take the file, else ENOENT or EACCES. */
static int executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return errno == EACCES ? EACCES : ENOENT;
    return S_ISREG(status.st_mode) && eaccess(path, X_OK) == 0 ? 0 : EACCES;
}

/* folder/name, a relative folder below root, in ret. Returns as `executable` does. */
static int try_place(const char *root, const char *folder, size_t folder_len, const char *name,
                     char ret[PATH_SIZE])
{
    bool relative = folder_len == 0 || folder[0] != '/';
    int len = snprintf(ret, PATH_SIZE, "%s%s%.*s%s%s", relative ? root : "",
                       relative && folder_len > 0 ? "/" : "", (int)folder_len, folder, "/", name);
    return len < PATH_SIZE ? executable(ret) : ENOENT;
}

static int try_path(const struct places *places, const char *name, char ret[PATH_SIZE])
{
    const char *path = places->path == NULL ? "/bin:/usr/bin" : places->path;
    int result = ENOENT;
    for (const char *folder = path;; folder++) {
        size_t len = strcspn(folder, ":");
        int got = try_place(places->root, folder, len, name, ret);
        if (got == 0)
            return 0;
        if (got == EACCES)
            result = EACCES; /* as execvp: look on, and say so at the end */
        folder += len;
        if (*folder == '\0')
            return result;
    }
}

static int locate(const struct places *places, const char *name, struct program *program)
{
    if (*name == '\0')
        return ENOENT;
    const char *slash = strrchr(name, '/');
    if (slash != NULL && name[0] == '/')
        return snprintf(program->path, PATH_SIZE, "%s", name) < PATH_SIZE ? executable(program->path)
                                                                          : ENOENT;
    if (slash != NULL)
        return try_place(places->root, name, (size_t)(slash - name), slash + 1, program->path);
    int result = try_path(places, name, program->path);
    if (result == ENOENT && places->third_party != NULL) {
        char folder[PATH_SIZE];
        snprintf(folder, sizeof folder, "%s/bin", places->third_party);
        result = try_place(places->root, folder, strlen(folder), name, program->path);
        program->third_party = result == 0;
    }
    return result;
}

/* Whether the kernel would make the program "secure", for which ld.so ignores LD_PRELOAD (ld.so(8),
 * execve(2)). */
static bool gains_privilege(const char *path)
{
    struct stat status;
    struct statvfs filesystem;
    if (stat(path, &status) < 0 || (statvfs(path, &filesystem) == 0 && (filesystem.f_flag & ST_NOSUID)))
        return false;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return false;
    if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
        return true;
    if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) && status.st_gid != getgid())
        return true;
    return getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0;
}

static void judge_elf(const struct elf_facts *facts, struct program *program, const char *path)
{
    struct elf_facts own = {0};
    if (!elf_facts_read("/proc/self/exe", &own))
        own = *facts;
    if (!facts->is_elf)
        program->obstacle = PRELOAD_NOT_ELF;
    else if (facts->machine != own.machine || facts->word != own.word)
        program->obstacle = PRELOAD_FOREIGN;
    else if (facts->loader[0] == '\0' && !facts->is_loader)
        program->obstacle = PRELOAD_STATIC;
    else if (facts->loader[0] != '\0' && own.loader[0] != '\0' && strcmp(facts->loader, own.loader) != 0)
        program->obstacle = PRELOAD_FOREIGN;
    else if (gains_privilege(path))
        program->obstacle = PRELOAD_SETUID;
    memcpy(program->sanitizer, facts->sanitizer, sizeof program->sanitizer);
    program->is_go = facts->is_go;
    program->is_asan = facts->is_asan;
}

/* Reads the #! line of a script into line, without "#!" and the line's end. false: it has none. */
static bool script_line(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char head[2] = "";
    ssize_t got =
        read(fd, head, sizeof head) == 2 && memcmp(head, "#!", 2) == 0 ? read(fd, line, size - 1) : -1;
    close(fd);
    if (got < 0)
        return false;
    line[got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/*
 * The program that ends up running the script: the first word of the #! line, or, of env(1), the first that
 * is no option or assignment. NULL: there is none.
 */
static const char *script_runner(char *line)
{
    char *rest = NULL;
    char *word = strtok_r(line, " \t\r", &rest);
    const char *slash = word == NULL ? NULL : strrchr(word, '/');
    if (slash == NULL || strcmp(slash, "/env") != 0)
        return word;
    do
        word = strtok_r(NULL, " \t\r", &rest);
    while (word != NULL && (word[0] == '-' || strchr(word, '=') != NULL));
    return word;
}

/*
 * Fills in what depends on the file's contents. `program` is the script's; `path` is it or the interpreter.
 * Returns 0 or errno, for an interpreter that is not there.
 */
static int inspect(const struct places *places, const char *path, int depth, struct program *program)
{
    char line[256];
    struct elf_facts facts;
    if (!script_line(path, line, sizeof line)) {
        if (elf_facts_read(path, &facts))
            judge_elf(&facts, program, path);
        return 0;
    }
    struct program runner = {0};
    const char *name = script_runner(line);
    int result = name == NULL || depth == 0 ? ENOENT : locate(places, name, &runner);
    if (result != 0) {
        snprintf(program->interpreter, sizeof program->interpreter, "%s", name == NULL ? "" : name);
        return result;
    }
    memcpy(program->interpreter, runner.path, sizeof program->interpreter);
    return inspect(places, runner.path, depth - 1, program);
}

static void say_missing(const char *name, const char *root, struct diag *diag)
{
    if (strchr(name, '/') == NULL)
        diag_set(diag, STATUS_TROUBLE, "%s: program not found in PATH", name);
    else if (name[0] == '/')
        diag_set(diag, STATUS_TROUBLE, "%s: program not found", name);
    else
        diag_set(diag, STATUS_TROUBLE, "%s: program not found (relative to %s, where sockfault was started)",
                 name, root);
}

bool program_find(const char *name, const char *root, const char *path, const char *third_party,
                  struct program *ret, struct diag *diag)
{
    const struct places places = {root, path, third_party};
    struct program found = {0};
    int result = locate(&places, name, &found);
    if (result == ENOENT)
        say_missing(name, root, diag);
    else if (result != 0)
        diag_set(diag, STATUS_TROUBLE, "%s: not an executable file, or no permission to execute it", name);
    if (result == 0) {
        result = inspect(&places, found.path, SCRIPT_DEPTH, &found);
        if (result != 0)
            diag_set(diag, STATUS_TROUBLE, "%s: its interpreter '%s' is not there or not executable", name,
                     found.interpreter);
    }
    if (result == 0)
        *ret = found;
    errno = result;
    return result == 0;
}

const char *program_obstacle(const struct program *program)
{
    switch (program->obstacle) {
    case PRELOAD_FINE:
        return NULL;
    case PRELOAD_STATIC:
        return "it is statically linked (as Go programs are), so no shim can be preloaded: link it "
               "dynamically";
    case PRELOAD_SETUID:
        return "it is set-uid, set-gid or has file capabilities, and ld.so ignores LD_PRELOAD there: run a "
               "plain copy "
               "of it, or be the user it belongs to";
    case PRELOAD_FOREIGN:
        return "it is built for another architecture or another C library than libsockfault.so: build "
               "Sockfault for "
               "that one";
    case PRELOAD_NOT_ELF:
        return "it is neither an ELF program nor a script: a script begins with a line such as #!/bin/sh";
    }
    return NULL;
}

const char *program_real_time_reason(const struct program *program)
{
    if (program->is_go)
        return "a Go program reads the clock by itself";
    switch (program->obstacle) {
    case PRELOAD_FINE:
        return NULL;
    case PRELOAD_STATIC:
        return "a statically linked program reads the clock by itself";
    case PRELOAD_SETUID:
        return "ld.so ignores LD_PRELOAD in a program that gains privilege";
    case PRELOAD_FOREIGN:
        return "a program of another architecture or C library cannot load the shim";
    case PRELOAD_NOT_ELF:
        return "what is neither an ELF program nor a script cannot load the shim";
    }
    return NULL;
}
