#include "shim/know/gcov.h"
#include "shim/intercept/next.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A file, mapped; nothing in it is trusted. */
struct image {
    const char *bytes;
    size_t size;
};

static const void *part(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->size && size <= image->size - offset ? image->bytes + offset : NULL;
}

static struct image map_file(const char *path)
{
    struct image image = {0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return image;
    void *memory = fstat(fd, &status) == 0 && status.st_size > 0
                       ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
                       : MAP_FAILED;
    next_close(fd);
    if (memory != MAP_FAILED)
        image = (struct image){memory, (size_t)status.st_size};
    return image;
}

static const ElfW(Shdr) * section_at(const struct image *image, size_t index)
{
    const ElfW(Ehdr) *header = part(image, 0, sizeof *header);
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || index >= header->e_shnum ||
        header->e_shentsize != sizeof(ElfW(Shdr)))
        return NULL;
    return part(image, header->e_shoff + index * sizeof(ElfW(Shdr)), sizeof(ElfW(Shdr)));
}

static bool is_of_runtime(const char *name)
{
    bool named = strncmp(name, "__gcov_", 7) == 0 || strncmp(name, "gcov_", 5) == 0;
    return named && !strstr(name, ".cold"); /* which lies apart from the rest */
}

static void note_symbol(const ElfW(Sym) * symbol, const char *name, uintptr_t base,
                        struct gcov_runtime *found)
{
    uintptr_t address = base + symbol->st_value;
    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF || !is_of_runtime(name))
        return;
    if (strcmp(name, "__gcov_exit") == 0)
        found->write = (gcov_function *)address;
    if (!found->begin || address < found->begin)
        found->begin = address;
    if (address + symbol->st_size > found->end)
        found->end = address + symbol->st_size;
}

/* Whether there is a table of symbols at all. */
static bool read_symbols(const struct image *image, uintptr_t base, struct gcov_runtime *found)
{
    const ElfW(Shdr) *table = NULL;
    for (size_t i = 0; (table = section_at(image, i)) && table->sh_type != SHT_SYMTAB; i++)
        ;
    const ElfW(Shdr) *names = table ? section_at(image, table->sh_link) : NULL;
    const char *text = names ? part(image, names->sh_offset, names->sh_size) : NULL;
    const char *symbols = text ? part(image, table->sh_offset, table->sh_size) : NULL;
    if (!symbols || names->sh_size == 0 || text[names->sh_size - 1] != '\0')
        return false;
    for (size_t i = 0; i + sizeof(ElfW(Sym)) <= table->sh_size; i += sizeof(ElfW(Sym))) {
        const ElfW(Sym) *symbol = (const void *)(symbols + i);
        if (symbol->st_name < names->sh_size)
            note_symbol(symbol, text + symbol->st_name, base, found);
    }
    return true;
}

/* What a stripped file with the runtime in it shows still: the names it writes to end so. */
static bool names_counts(const struct image *image)
{
    static const char ending[] = ".gcda";
    return memmem(image->bytes, image->size, ending, sizeof ending) != NULL;
}

static void find_destructors(const struct dl_phdr_info *info, struct gcov_runtime *found)
{
    const ElfW(Dyn) *entry = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            entry = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_FINI_ARRAY)
            found->destructors = (gcov_function **)(info->dlpi_addr + entry->d_un.d_ptr);
        else if (entry->d_tag == DT_FINI_ARRAYSZ)
            found->destructor_count = entry->d_un.d_val / sizeof *found->destructors;
}

static bool is_ours(const struct dl_phdr_info *info)
{
    uintptr_t here = (uintptr_t)gcov_find;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && here - (info->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
            return true;
    }
    return false;
}

struct finding {
    struct gcov_runtime *found;
    size_t count;
    bool past_executable;
};

static int look_at(struct dl_phdr_info *info, size_t size, void *context)
{
    struct finding *finding = context;
    struct gcov_runtime runtime = {0};
    bool executable = !finding->past_executable;
    const char *path = executable ? "/proc/self/exe" : info->dlpi_name;
    (void)size;
    finding->past_executable = true;
    struct image image = *path == '/' && !is_ours(info) ? map_file(path) : (struct image){0};
    if (!image.bytes)
        return 0;
    bool told = read_symbols(&image, info->dlpi_addr, &runtime);
    if (executable && !told && names_counts(&image))
        find_destructors(info, &runtime);
    munmap((void *)image.bytes, image.size);
    if (runtime.write || runtime.destructor_count > 0)
        finding->found[finding->count++] = runtime;
    return finding->count == GCOV_FILES;
}

size_t gcov_find(struct gcov_runtime found[GCOV_FILES])
{
    struct finding finding = {.found = found};
    dl_iterate_phdr(look_at, &finding);
    return finding.count;
}
