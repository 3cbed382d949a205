#include "harness/program/program.h"

#include <criterion/criterion.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char self[4096];
static uint64_t load_bias;

static int first_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    load_bias = info->dlpi_addr;
    return 1; /* the executable comes first */
}

static struct sites *open_sites(void)
{
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    cr_assert(len > 0);
    self[len] = '\0';
    dl_iterate_phdr(first_module, NULL);
    struct sites *sites = sites_new();
    cr_assert(sites != NULL);
    return sites;
}

__attribute__((noinline)) static uint64_t caller(void)
{
    uint64_t address = (uint64_t)(uintptr_t)__builtin_return_address(0);
    __asm__ volatile("" : "+r"(address)); /* no tail call */
    return address;
}

Test(sites, of_a_fifo_are_offsets_and_nothing_waits, .timeout = 10)
{
    char folder[] = "/tmp/sockfault-test-XXXXXX", path[64];
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/fifo", folder);
    cr_assert(mkfifo(path, 0600) == 0);
    struct sites *sites = sites_new();
    char *text = sites_text(sites, path, 0x10);
    cr_expect_str_eq(text, "fifo+0x10");
    free(text);
    sites_free(sites);
    unlink(path);
    rmdir(folder);
}

Test(sites, are_the_line_of_the_call)
{
    struct sites *sites = open_sites();
    char wanted[64];
    uint64_t address = caller();
    snprintf(wanted, sizeof wanted, "test_sites.c:%d", __LINE__ - 1);
    for (int i = 0; i < 2; i++) { /* the second answer is a kept one */
        char *text = sites_text(sites, self, address - load_bias);
        cr_expect_str_eq(text, wanted);
        free(text);
    }
    sites_free(sites);
}

extern void _start(void);

Test(sites, without_lines_are_functions)
{
    struct sites *sites = open_sites();
    char wanted[4200];
    char *text = sites_text(sites, self, (uint64_t)(uintptr_t)_start - load_bias + 4);
    snprintf(wanted, sizeof wanted, "_start+0x4 (%s)", strrchr(self, '/') + 1);
    /* Some C libraries come with line information for it. */
    if (strchr(text, ':') == NULL)
        cr_expect_str_eq(text, wanted);
    free(text);
    sites_free(sites);
}

Test(sites, without_anything_are_offsets)
{
    struct sites *sites = open_sites();
    char wanted[4200];
    char *text = sites_text(sites, "/no/such/library.so.1", 0x1234);
    cr_expect_str_eq(text, "library.so.1+0x1234");
    free(text);
    snprintf(wanted, sizeof wanted, "%s+0x7fffffff0000", strrchr(self, '/') + 1);
    text = sites_text(sites, self, 0x7fffffff0000);
    cr_expect_str_eq(text, wanted);
    free(text);
    sites_free(sites);
}

Test(sites, of_many_are_kept_apart)
{
    struct sites *sites = open_sites();
    for (unsigned int i = 0; i < 5000; i++) {
        char module[64], wanted[64];
        snprintf(module, sizeof module, "/no/such/%u.so", i % 7);
        snprintf(wanted, sizeof wanted, "%u.so+0x%x", i % 7, 16 + i / 3);
        char *text = sites_text(sites, module, 16 + i / 3);
        cr_assert_str_eq(text, wanted);
        free(text);
    }
    sites_free(sites);
}

Test(sites, never_go_to_the_network_and_leave_the_environment)
{
    setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
    struct sites *sites = open_sites();
    char *text = sites_text(sites, self, caller() - load_bias);
    cr_expect(strncmp(text, "test_sites.c:", strlen("test_sites.c:")) == 0);
    cr_expect_str_eq(getenv("DEBUGINFOD_URLS"), "http://127.0.0.1:1");
    free(text);
    sites_free(sites);
}
