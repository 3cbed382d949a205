/* What the ELF headers of an executable say about preloading. */
#ifndef SOCKFAULT_ELF_FACTS_H
#define SOCKFAULT_ELF_FACTS_H

#include <stdbool.h>

struct elf_facts {
    bool is_elf;
    unsigned int machine;  /* e_machine */
    int word;              /* ELFCLASS32 or ELFCLASS64 */
    bool is_go;            /* it holds code that the Go toolchain made */
    bool is_asan;          /* it was built with AddressSanitizer (a runtime inside it is known by its symbol
                              table alone, which strip(1) takes away) */
    bool is_loader;        /* it is ld.so itself, which loads another program */
    char loader[128];      /* base name of the dynamic loader it asks for, "" for none: static */
    char loader_path[512]; /* all of it */
    char sanitizer[64];    /* soname of a shared sanitizer runtime it needs, or "" */
};

/* Reads the headers of a file. false: it cannot be read (errno). What is not ELF, or broken, has is_elf
 * false. */
bool elf_facts_read(const char *path, struct elf_facts *ret);

#endif
