#include "harness/coverage/counting.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum counting by_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *shape)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    for (int i = 0; data != NULL && gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(elf, shape->sh_link, symbol.st_name);
        if (name != NULL && strcmp(name, "__gcov_init") == 0 && symbol.st_shndx != SHN_UNDEF)
            return COUNTING_GCC;
        if (name != NULL && strcmp(name, "llvm_gcov_init") == 0)
            return COUNTING_CLANG;
    }
    return COUNTING_NOT;
}

/* "GCC: (Debian 12.2.0-14) 12.2.0", one of each compiler that had a part in it. */
static int major_in(const Elf_Data *data)
{
    const char *text = data->d_buf, *end = text + data->d_size;
    for (const char *at = text; at < end; at += strnlen(at, (size_t)(end - at)) + 1) {
        const char *close = strncmp(at, "GCC: (", 6) == 0 && memchr(at, '\0', (size_t)(end - at)) != NULL
                                ? strchr(at, ')')
                                : NULL;
        if (close != NULL && atoi(close + 1) > 0)
            return atoi(close + 1);
    }
    return 0;
}

static bool names_counts(Elf *elf)
{
    static const char ending[] = ".gcda";
    size_t size = 0;
    const char *bytes = elf_rawfile(elf, &size);
    return bytes != NULL && memmem(bytes, size, ending, sizeof ending) != NULL;
}

static enum counting look_at(Elf *elf, int *ret_major)
{
    enum counting counting = COUNTING_NOT;
    bool has_symbols = false;
    size_t names = 0;
    if (elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &names) != 0)
        return COUNTING_NOT;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr shape;
        const char *name = gelf_getshdr(section, &shape) ? elf_strptr(elf, names, shape.sh_name) : NULL;
        Elf_Data *data = name != NULL && strcmp(name, ".comment") == 0 ? elf_getdata(section, NULL) : NULL;
        if (data != NULL && data->d_buf != NULL)
            *ret_major = major_in(data);
        if (name == NULL || shape.sh_type != SHT_SYMTAB)
            continue;
        has_symbols = true;
        counting = by_symbols(elf, section, &shape);
    }
    return !has_symbols && names_counts(elf) ? COUNTING_GCC : counting;
}

enum counting counting_of(const char *path, int *ret_major)
{
    enum counting counting = COUNTING_NOT;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *ret_major = 0;
    if (fd < 0)
        return COUNTING_NOT;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf != NULL)
        counting = look_at(elf, ret_major);
    elf_end(elf);
    close(fd);
    return counting;
}
