#include "harness/program/elf_facts.h"
#include "harness/program/program.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own for each test. */
static char dir[64];

static void make_dir(void)
{
    strcpy(dir, "/tmp/sockfault-program-XXXXXX");
    cr_assert(mkdtemp(dir) != NULL);
}

static void remove_dir(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    cr_assert(system(command) == 0);
}

TestSuite(program, .init = make_dir, .fini = remove_dir);

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put_file(const char *name, const void *content, size_t len, mode_t mode)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert(fd >= 0 && write(fd, content, len) == (ssize_t)len && fchmod(fd, mode) == 0);
    close(fd);
}

static void put_script(const char *name, const char *text)
{
    put_file(name, text, strlen(text), 0755);
}

/*
 * An ELF program without code: a header of our own kind, one segment (PT_INTERP, or PT_NULL for none), and,
 * if `needed` is given, a dynamic section that names it.
 */
struct fake {
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    ElfW(Shdr) sections[3];
    ElfW(Dyn) dynamic[2];
    char loader[64], strings[64];
};

static struct fake fake_elf(const char *loader, const char *needed, int machine)
{
    struct fake fake = {0};
    struct elf_facts own;
    cr_assert(elf_facts_read("/proc/self/exe", &own) && own.is_elf);
    memcpy(fake.header.e_ident, ELFMAG, SELFMAG);
    fake.header.e_ident[EI_CLASS] = (unsigned char)own.word;
    fake.header.e_ident[EI_DATA] = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    fake.header.e_ident[EI_VERSION] = fake.header.e_version = EV_CURRENT;
    fake.header.e_type = ET_EXEC;
    fake.header.e_machine = (uint16_t)(machine != 0 ? (unsigned int)machine : own.machine);
    fake.header.e_ehsize = sizeof fake.header;
    fake.header.e_phoff = offsetof(struct fake, segment);
    fake.header.e_phentsize = sizeof fake.segment;
    fake.header.e_phnum = 1;
    fake.header.e_shoff = offsetof(struct fake, sections);
    fake.header.e_shentsize = sizeof fake.sections[0];
    fake.header.e_shnum = 3;
    if (loader != NULL) {
        strcpy(fake.loader, loader);
        fake.segment = (ElfW(Phdr)){.p_type = PT_INTERP, .p_offset = offsetof(struct fake, loader)};
        fake.segment.p_filesz = strlen(loader) + 1;
    }
    if (needed != NULL) {
        strcpy(fake.strings + 1, needed);
        fake.sections[1] = (ElfW(Shdr)){.sh_type = SHT_DYNAMIC, .sh_link = 2, .sh_size = sizeof fake.dynamic};
        fake.sections[1].sh_offset = offsetof(struct fake, dynamic);
        fake.sections[1].sh_entsize = sizeof fake.dynamic[0];
        fake.sections[2] = (ElfW(Shdr)){.sh_type = SHT_STRTAB, .sh_size = sizeof fake.strings};
        fake.sections[2].sh_offset = offsetof(struct fake, strings);
        fake.dynamic[0] = (ElfW(Dyn)){.d_tag = DT_NEEDED, .d_un.d_val = 1};
    }
    return fake;
}

static void put_elf(const char *name, const char *loader, const char *needed, int machine)
{
    struct fake fake = fake_elf(loader, needed, machine);
    put_file(name, &fake, sizeof fake, 0755);
}

/* One with a section of that name. */
static void put_elf_section(const char *name, const char *loader, const char *section)
{
    struct fake fake = fake_elf(loader, NULL, 0);
    strcpy(fake.strings + 1, section);
    fake.sections[1] = (ElfW(Shdr)){.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_size = sizeof fake.dynamic};
    fake.sections[1].sh_offset = offsetof(struct fake, dynamic);
    fake.sections[2] = (ElfW(Shdr)){.sh_type = SHT_STRTAB, .sh_size = sizeof fake.strings};
    fake.sections[2].sh_offset = offsetof(struct fake, strings);
    fake.header.e_shstrndx = 2;
    put_file(name, &fake, sizeof fake, 0755);
}

static const char *own_loader(void)
{
    static struct elf_facts own;
    cr_assert(elf_facts_read("/proc/self/exe", &own));
    return own.loader;
}

static struct program found(const char *name)
{
    struct program program;
    struct diag diag = {0};
    cr_assert(program_find(name, dir, "/usr/bin:/bin", NULL, &program, &diag), "%s: %s", name, diag.text);
    return program;
}

static void not_found(const char *name, const char *path, int error, const char *message)
{
    struct program program = {.path = "untouched"};
    struct diag diag = {0};
    cr_assert(!program_find(name, dir, path, NULL, &program, &diag));
    cr_expect_eq(errno, error);
    cr_expect_eq(diag.status, STATUS_TROUBLE);
    cr_expect_str_eq(diag.text, message);
    cr_expect_str_eq(program.path, "untouched");
}

Test(program, is_looked_up_in_path_in_order)
{
    put_script("a", "#!/bin/sh\n");
    cr_assert(mkdir(path_of("one"), 0700) == 0 && mkdir(path_of("two"), 0700) == 0);
    put_file("one/tool", "#!/bin/sh\n", 10, 0644); /* not executable: as execvp, look on */
    put_script("two/tool", "#!/bin/sh\n");
    put_script("tool", "#!/bin/sh\n");
    char path[256];
    struct program program;
    struct diag diag = {0};
    snprintf(path, sizeof path, "%s/one:%s/two", dir, dir);
    cr_assert(program_find("tool", dir, path, NULL, &program, &diag));
    cr_expect_str_eq(program.path, path_of("two/tool"));
    cr_assert(program_find("tool", dir, "one::two", NULL, &program,
                           &diag)); /* relative; empty is the root itself */
    cr_expect_str_eq(program.path, path_of("tool"));
    cr_expect_not(program.third_party);
}

Test(program, with_a_slash_is_relative_to_the_root)
{
    cr_assert(mkdir(path_of("sub"), 0700) == 0);
    put_script("sub/tool", "#!/bin/sh\n");
    cr_expect_str_eq(found("sub/tool").path, path_of("sub/tool"));
    cr_expect_str_eq(found("./sub/../sub/tool").path, path_of("./sub/../sub/tool"));
    cr_expect_str_eq(found("/bin/sh").path, "/bin/sh");
}

Test(program, third_party_comes_after_path)
{
    struct program program;
    struct diag diag = {0};
    cr_assert(mkdir(path_of("bin"), 0700) == 0);
    put_script("bin/sh", "#!/bin/sh\n");
    put_script("bin/only-there", "#!/bin/sh\n");
    cr_assert(program_find("sh", "/", "/bin", dir, &program, &diag));
    cr_expect_str_eq(program.path, "/bin/sh");
    cr_expect_not(program.third_party);
    cr_assert(program_find("only-there", "/", "/bin", dir, &program, &diag));
    cr_expect_str_eq(program.path, path_of("bin/only-there"));
    cr_expect(program.third_party);
    cr_expect_str_eq(program.interpreter, "/bin/sh");
}

Test(program, what_is_missing_is_told)
{
    char message[256], wanted[4096];
    not_found("no-such-program", "/bin", ENOENT, "no-such-program: program not found in PATH");
    not_found("", "/bin", ENOENT, ": program not found in PATH");
    not_found("/no/such", NULL, ENOENT, "/no/such: program not found");
    snprintf(wanted, sizeof wanted, "./gone: program not found (relative to %s, where sockfault was started)",
             dir);
    not_found("./gone", NULL, ENOENT, wanted);
    put_file("data", "x", 1, 0644);
    not_found("./data", NULL, EACCES, "./data: not an executable file, or no permission to execute it");
    not_found("data", dir, EACCES, "data: not an executable file, or no permission to execute it");
    snprintf(message, sizeof message, "%s: not an executable file, or no permission to execute it", dir);
    not_found(dir, NULL, EACCES, message);
    put_script("orphan", "#!/no/such/sh\n");
    not_found("./orphan", NULL, ENOENT,
              "./orphan: its interpreter '/no/such/sh' is not there or not executable");
    put_script("empty", "#!\n");
    not_found("./empty", NULL, ENOENT, "./empty: its interpreter '' is not there or not executable");
}

Test(program, of_a_script_the_interpreter_counts)
{
    static const struct {
        const char *line, *interpreter;
    } cases[] = {
        {"#!/bin/sh\n", "/bin/sh"},
        {"#! /bin/sh -eu\necho\n", "/bin/sh"},
        {"#!\t/bin/sh", "/bin/sh"},
        {"#!/usr/bin/env sh\n", "/usr/bin/sh"},
        {"#!/usr/bin/env -S A=1 sh -eu\n", "/usr/bin/sh"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_script("script", cases[i].line);
        struct program program = found("./script");
        cr_expect_str_eq(program.interpreter, cases[i].interpreter, "%s", cases[i].line);
        cr_expect_eq(program.obstacle, PRELOAD_FINE);
        cr_expect(program_obstacle(&program) == NULL);
    }
    put_elf("static", NULL, NULL, 0);
    char line[512];
    snprintf(line, sizeof line, "#!%s\n", path_of("static"));
    put_script("script", line);
    cr_expect_eq(found("./script").obstacle, PRELOAD_STATIC);
    snprintf(line, sizeof line, "#!%s\n", path_of("loop"));
    put_script("loop", line);
    struct program program;
    struct diag diag = {0};
    cr_expect_not(program_find("./loop", dir, NULL, NULL, &program, &diag),
                  "scripts that run one another have no end");
}

Test(program, dynamic_ones_are_fine)
{
    put_elf("dynamic", own_loader(), "libc.so.6", 0);
    struct program program = found("./dynamic");
    cr_expect_eq(program.obstacle, PRELOAD_FINE);
    cr_expect_str_eq(program.sanitizer, "");
    cr_expect_eq(found("/bin/sh").obstacle, PRELOAD_FINE);
}

Test(program, obstacles_are_recognised)
{
    put_elf("static", NULL, NULL, 0);
    put_elf("musl", "/lib/ld-musl-x86_64.so.1", NULL, 0);
    put_elf("sparc", own_loader(), NULL, EM_SPARC);
    put_script("text", "echo hello\n");
    put_script("nothing", "");
    put_file("cut", ELFMAG "\2\1\1", 7, 0755);
    static const struct {
        const char *name;
        enum preload_obstacle obstacle;
        const char *says;
    } cases[] = {
        {"./static", PRELOAD_STATIC, "statically linked"},
        {"./musl", PRELOAD_FOREIGN, "another C library"},
        {"./sparc", PRELOAD_FOREIGN, "another architecture"},
        {"./text", PRELOAD_NOT_ELF, "neither"},
        {"./nothing", PRELOAD_NOT_ELF, "neither"},
        {"./cut", PRELOAD_NOT_ELF, "neither"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct program program = found(cases[i].name);
        const char *obstacle = program_obstacle(&program);
        cr_expect_eq(program.obstacle, cases[i].obstacle, "%s", cases[i].name);
        cr_expect(obstacle != NULL && strstr(obstacle, cases[i].says) != NULL, "%s: %s", cases[i].name,
                  obstacle);
    }
}

static void has_reason(const char *name, const char *wanted)
{
    struct program program = found(name);
    const char *reason = program_real_time_reason(&program);
    if (wanted == NULL)
        cr_expect(reason == NULL, "%s: %s", name, reason);
    else
        cr_expect(reason != NULL && strstr(reason, wanted) != NULL, "%s: %s", name, reason);
}

Test(program, that_gains_privilege_ignores_the_shim)
{
    put_elf("other", own_loader(), NULL, 0);
    if (chown(path_of("other"), getuid() + 1, (gid_t)-1) < 0)
        cr_skip("only root can give a file away");
    cr_assert(chmod(path_of("other"), 04755) == 0);
    struct program program = found("./other");
    cr_expect_eq(program.obstacle, PRELOAD_SETUID);
    cr_expect(program_obstacle(&program) != NULL);
    has_reason("./other", "gains privilege");
    cr_assert(chmod(path_of("other"), 0755) == 0);
    cr_expect_eq(found("./other").obstacle, PRELOAD_FINE, "another owner alone does not matter");
    cr_assert(chown(path_of("other"), getuid(), getgid()) == 0 && chmod(path_of("other"), 06755) == 0);
    cr_expect_eq(found("./other").obstacle, PRELOAD_FINE, "set-uid to who we are gains nothing");
}

Test(program, that_needs_real_time_is_recognised)
{
    char line[512];
    put_elf_section("go", own_loader(), ".go.buildinfo");
    put_elf_section("static-go", NULL, ".note.go.buildid");
    put_elf_section("other", own_loader(), ".go.buildinfo.not");
    put_elf("static", NULL, NULL, 0);
    put_elf("sparc", own_loader(), NULL, EM_SPARC);
    put_script("text", "echo hello\n");
    snprintf(line, sizeof line, "#!%s\n", path_of("go"));
    put_script("script", line);
    cr_expect_eq(found("./go").obstacle, PRELOAD_FINE, "the shim can be loaded into it all the same");
    has_reason("./go", "a Go program");
    has_reason("./static-go", "a Go program");
    has_reason("./script", "a Go program");
    has_reason("./static", "statically linked");
    has_reason("./sparc", "another architecture");
    has_reason("./text", "neither");
    has_reason("./other", NULL);
    has_reason("/bin/sh", NULL);
}

Test(program, sanitizers_are_recognised)
{
    static const char *const wanted[] = {"libasan.so.8", "libtsan.so.2", "libclang_rt.asan-x86_64.so"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        put_elf("sanitized", own_loader(), wanted[i], 0);
        cr_expect_str_eq(found("./sanitized").sanitizer, wanted[i]);
    }
    put_elf("sanitized", own_loader(), "libubsan.so.1", 0);
    cr_expect_str_eq(found("./sanitized").sanitizer, "", "it intercepts nothing");
    put_elf("sanitized", own_loader(), "libasan.so.8", 0);
    char line[512];
    snprintf(line, sizeof line, "#!%s\n", path_of("sanitized"));
    put_script("script", line);
    cr_expect_str_eq(found("./script").sanitizer, "libasan.so.8");
}
