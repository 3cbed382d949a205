#include "harness/program/elf_facts.h"
#include "harness/program/debug.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Runtimes that want to be the first library loaded: their interceptors must be nearest to the program. */
static const char *const sanitizers[] = {
    "libasan.so",       "libtsan.so",       "liblsan.so",         "libhwasan.so",
    "libclang_rt.asan", "libclang_rt.tsan", "libclang_rt.hwasan",
};

static void read_loader(Elf *elf, const GElf_Phdr *header, struct elf_facts *facts)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset, header->p_filesz, ELF_T_BYTE);
    if (data == NULL || data->d_size == 0 || ((const char *)data->d_buf)[data->d_size - 1] != '\0')
        return;
    snprintf(facts->loader, sizeof facts->loader, "%s", debug_base_name(data->d_buf));
    snprintf(facts->loader_path, sizeof facts->loader_path, "%s", (const char *)data->d_buf);
}

static void note_needed(const char *name, struct elf_facts *facts)
{
    for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++)
        if (strncmp(debug_base_name(name), sanitizers[i], strlen(sanitizers[i])) == 0)
            snprintf(facts->sanitizer, sizeof facts->sanitizer, "%s", name);
}

/* DT_NEEDED and DT_SONAME by the section headers, which what is linked with a sanitizer always has. */
static void read_dynamic(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct elf_facts *facts)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (data == NULL || header->sh_entsize == 0)
        return;
    GElf_Dyn entry;
    for (int i = 0; gelf_getdyn(data, i, &entry) != NULL && entry.d_tag != DT_NULL; i++) {
        const char *name = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
        if (entry.d_tag == DT_NEEDED && name != NULL)
            note_needed(name, facts);
        else if (entry.d_tag == DT_SONAME && name != NULL)
            facts->is_loader = strncmp(name, "ld-linux", strlen("ld-linux")) == 0;
    }
}

static bool has_asan(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    if (data == NULL || header->sh_entsize == 0)
        return false;
    for (int i = 0; gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (name != NULL && strcmp(name, "__asan_init") == 0)
            return true;
    }
    return false;
}

/* Its linker leaves both in every executable, and strip(1) leaves them, too. */
static bool is_go_section(const char *name)
{
    return strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0;
}

static void read_sections(Elf *elf, struct elf_facts *facts)
{
    GElf_Shdr shape;
    size_t names = 0;
    bool named = elf_getshdrstrndx(elf, &names) == 0;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        if (gelf_getshdr(section, &shape) == NULL)
            continue;
        const char *name = named ? elf_strptr(elf, names, shape.sh_name) : NULL;
        facts->is_go = facts->is_go || (name != NULL && is_go_section(name));
        if (shape.sh_type == SHT_SYMTAB || shape.sh_type == SHT_DYNSYM)
            facts->is_asan = facts->is_asan || has_asan(elf, section, &shape);
        if (shape.sh_type == SHT_DYNAMIC)
            read_dynamic(elf, section, &shape, facts);
    }
}

static void read_elf(Elf *elf, struct elf_facts *facts)
{
    GElf_Ehdr header;
    size_t count = 0;
    if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == NULL)
        return;
    facts->is_elf = header.e_type == ET_EXEC || header.e_type == ET_DYN;
    facts->machine = header.e_machine;
    facts->word = header.e_ident[EI_CLASS];
    GElf_Phdr segment;
    for (size_t i = 0; elf_getphdrnum(elf, &count) == 0 && i < count; i++)
        if (gelf_getphdr(elf, (int)i, &segment) != NULL && segment.p_type == PT_INTERP)
            read_loader(elf, &segment, facts);
    read_sections(elf, facts);
}

bool elf_facts_read(const char *path, struct elf_facts *ret)
{
    struct elf_facts facts = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf != NULL)
        read_elf(elf, &facts);
    elf_end(elf);
    close(fd);
    *ret = facts;
    return true;
}
