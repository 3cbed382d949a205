#include "harness/program/libraries.h"
#include "tests/unit/compiled.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

TestSuite(libraries, .init = compiled_begin, .fini = compiled_end, .timeout = 60);

/* A library whose constructor writes a file, and a program that does the same and needs it. */
static void make_program(const char *link_options)
{
    compiled_write("lib.c", "#include <stdio.h>\n"
                            "__attribute__((constructor)) static void ran(void) { fopen(\"ran\", \"w\"); }\n"
                            "int lib_call(int n) { return n; }\n");
    compiled_write("program.c", "int lib_call(int n);\nint main(void) { return lib_call(0); }\n");
    compiled_run("mkdir -p lib && cc -shared -fPIC -o lib/libmine.so lib.c");
    compiled_run("cc -o program program.c -Llib -lmine %s", link_options);
}

static const char *path_of(const struct libraries *libraries, const char *name)
{
    for (size_t i = 0; i < libraries->count; i++)
        if (strstr(libraries->paths[i], name) != NULL)
            return libraries->paths[i];
    return "none";
}

Test(libraries, are_those_the_loader_finds_and_none_is_run)
{
    struct libraries libraries;
    struct diag diag = {0};
    make_program("-Wl,-rpath,'$ORIGIN/lib'");
    compiled_run("ln -s program link");
    cr_assert(libraries_list(compiled_path("link"), NULL, &libraries, &diag), "%s", diag.text);
    cr_expect_str_eq(path_of(&libraries, "libmine"), compiled_path("lib/libmine.so"));
    cr_expect(access(path_of(&libraries, "libc.so"), R_OK) == 0);
    cr_expect_str_eq(path_of(&libraries, "vdso"), "none");
    cr_expect_eq(libraries.count, 3, "libmine, libc and the loader");
    libraries_free(&libraries);
    compiled_run("[ ! -e ran ] && ./program && [ -e ran ]");
}

Test(libraries, depend_on_the_environment_that_is_given)
{
    struct libraries libraries;
    struct diag diag = {0};
    char variable[300], preload[300];
    make_program("");
    snprintf(variable, sizeof variable, "LD_LIBRARY_PATH=%s", compiled_path("lib"));
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", compiled_path("lib/libmine.so"));
    char *const envp[] = {variable, preload, NULL}, *const empty[] = {preload, NULL};
    cr_assert(libraries_list(compiled_path("program"), envp, &libraries, &diag), "%s", diag.text);
    cr_expect_str_eq(path_of(&libraries, "libmine"), compiled_path("lib/libmine.so"));
    libraries_free(&libraries);
    cr_expect_not(libraries_list(compiled_path("program"), empty, &libraries, &diag));
    cr_expect(strstr(diag.text, "--list': it failed") != NULL, "%s", diag.text);
    libraries_free(&libraries);
    diag = (struct diag){0};
    compiled_run("echo 'int main(void) { return 0; }' | cc -o plain -x c -");
    cr_assert(libraries_list(compiled_path("plain"), envp, &libraries, &diag), "%s", diag.text);
    cr_expect_str_eq(path_of(&libraries, "libmine"), "none", "what is preloaded is not the program's");
    libraries_free(&libraries);
}

Test(libraries, a_static_program_has_none)
{
    struct libraries libraries;
    struct diag diag = {0};
    compiled_write("alone.c", "void _start(void) { for (;;) {} }\n");
    compiled_run("cc -static -nostdlib -o alone alone.c");
    cr_assert(libraries_list(compiled_path("alone"), NULL, &libraries, &diag));
    cr_expect_eq(libraries.count, 0);
    libraries_free(&libraries);
}

static void not_listed(const char *name, const char *says)
{
    struct libraries libraries;
    struct diag diag = {0};
    cr_expect_not(libraries_list(compiled_path(name), NULL, &libraries, &diag));
    cr_expect_eq(diag.status, STATUS_TROUBLE);
    cr_expect(strstr(diag.text, says) != NULL, "%s", diag.text);
    libraries_free(&libraries);
}

static void make_with_loader(const char *script)
{
    compiled_write("loader", script);
    compiled_write("program.c", "int main(void) { return 0; }\n");
    compiled_run("chmod +x loader && cc -o program program.c -Wl,--dynamic-linker='%s'",
                 compiled_path("loader"));
}

Test(libraries, what_cannot_be_listed_is_told)
{
    compiled_write("text", "hello\n");
    not_listed("text", "text: not an ELF program that can be read");
    not_listed("gone", "gone: not an ELF program that can be read");
    make_with_loader("#!/bin/sh\nexit 1\n");
    not_listed("program", "it failed");
    compiled_run("rm loader");
    not_listed("program", "No such file or directory");
}

Test(libraries, a_loader_without_end_is_ended)
{
    make_with_loader("#!/bin/sh\necho $$ >\"${0%/*}/pid\"\nwhile :; do echo '  x => /x (0x1)'; done\n");
    not_listed("program", "it did not end, or said too much");
    compiled_run("! kill -0 $(cat pid) 2>/dev/null");
    make_with_loader("#!/bin/sh\necho $$ >\"${0%/*}/pid\"\nexec sleep 1000\n");
    not_listed("program", "it did not end, or said too much");
    compiled_run("! kill -0 $(cat pid) 2>/dev/null");
    make_with_loader("#!/bin/sh\necho $$ >\"${0%/*}/pid\"\nexec sleep 1000 >&-\n");
    not_listed("program", "it failed");
    compiled_run("! kill -0 $(cat pid) 2>/dev/null");
}
