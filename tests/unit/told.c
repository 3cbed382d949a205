#include "tests/unit/told.h"
#include "tests/unit/compiled.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

const char told_tell_c[] =
    "#define _GNU_SOURCE\n"
    "#include <link.h>\n"
    "#include <stdint.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "static int holds(struct dl_phdr_info *info, size_t size, void *context)\n"
    "{\n"
    "    uintptr_t *address = context;\n"
    "    (void)size;\n"
    "    for (int i = 0; i < info->dlpi_phnum; i++)\n"
    "        if (info->dlpi_phdr[i].p_type == PT_LOAD &&\n"
    "            *address - info->dlpi_addr - info->dlpi_phdr[i].p_vaddr <= info->dlpi_phdr[i].p_memsz) {\n"
    "            *address -= info->dlpi_addr;\n"
    "            return 1;\n"
    "        }\n"
    "    return 0;\n"
    "}\n"
    "static void say(const char *name, int line, void *site)\n"
    "{\n"
    "    uintptr_t address = (uintptr_t)site;\n"
    "    dl_iterate_phdr(holds, &address);\n"
    "    printf(\"%s %d %lx\\n\", name, line, (unsigned long)address);\n"
    "}\n"
    "void tell(const char *name, int line) { say(name, line, __builtin_return_address(0)); }\n"
    "_Noreturn void finish(const char *name, int line)\n"
    "{\n"
    "    say(name, line, __builtin_return_address(0));\n"
    "    exit(0);\n"
    "}\n";

/* Calls that are the last of their line, or of their function; in a loop; inlined twice; two on a line. */
static const char program_c[] = "void tell(const char *name, int line);\n"
                                "_Noreturn void finish(const char *name, int line);\n"
                                "#define HERE __func__, __LINE__\n"
                                "static inline __attribute__((always_inline)) int inlined(int n)\n"
                                "{\n"
                                "    tell(HERE);\n"
                                "    tell(HERE);\n"
                                "    return n + 1;\n"
                                "}\n"
                                "__attribute__((noinline)) int read_full(int n)\n"
                                "{\n"
                                "    for (int i = 0; i < n; i++)\n"
                                "        tell(HERE);\n"
                                "    tell(HERE); tell(HERE);\n"
                                "    return n;\n"
                                "}\n"
                                "__attribute__((noinline)) static void last(int n)\n"
                                "{\n"
                                "    (void)n;\n"
                                "    finish(HERE);\n"
                                "}\n"
                                "__attribute__((noinline)) int after(int n)\n"
                                "{\n"
                                "    return n * n;\n"
                                "}\n"
                                "int main(int count, char **words)\n"
                                "{\n"
                                "    (void)words;\n"
                                "    int n = inlined(count) + read_full(2) + after(count);\n"
                                "    tell(HERE);\n"
                                "    last(n + inlined(n));\n"
                                "}\n";

size_t told_run(const char *command, struct told told[TOLD_MAX])
{
    size_t count = 0;
    compiled_run("%s >told", command);
    FILE *file = fopen(compiled_path("told"), "r");
    cr_assert(file != NULL);
    while (count < TOLD_MAX &&
           fscanf(file, "%31s %d %" SCNx64, told[count].name, &told[count].line, &told[count].offset) == 3)
        count++;
    fclose(file);
    return count;
}

void told_make(const char *options)
{
    compiled_write("tell.c", told_tell_c);
    compiled_run("mkdir -p src");
    compiled_write("src/program.c", program_c);
    compiled_run("cc %s -fno-optimize-sibling-calls -o program src/program.c tell.c", options);
}
