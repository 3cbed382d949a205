/* What valgrind and AddressSanitizer report, read from files such as they write. */
#include "harness/memory/memory.h"
#include "harness/text.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD           "<?xml version=\"1.0\"?>\n<valgrindoutput>\n<protocolversion>4</protocolversion>\n"
#define FRAME(obj, fn) "<frame><ip>0x1</ip><obj>" obj "</obj><fn>" fn "</fn></frame>\n"
#define OWN(fn, line)                                                                                        \
    "<frame><ip>0x2</ip><obj>/x/client</obj><fn>" fn "</fn><dir>/x</dir><file>client.c</file><line>" line    \
    "</line></frame>\n"
#define ERROR(what, stack) "<error><unique>0x0</unique><tid>1</tid>" what "<stack>" stack "</stack></error>\n"

static char folder[] = "/tmp/sockfault-memory-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static void put(const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

/* All that is reported of "client", and the folder is gone. Static memory. */
static const char *told(enum memory_tool tool)
{
    static char text[2048];
    static const char *const names[] = {"memory-client.12", "memory-client.9", "memory-client#2.1",
                                        "memory-client.x", "memory-client.3.4"};
    char prefix[PATH_MAX], path[PATH_MAX];
    struct sites *sites = sites_new();
    memory_prefix(folder, "client", prefix);
    char *lines = memory_errors(tool, prefix, sites);
    snprintf(text, sizeof text, "%s", lines == NULL ? "nothing" : lines);
    free(lines);
    sites_free(sites);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    return text;
}

Test(memory, valgrind_is_told_at_the_innermost_frame_that_is_the_programs, .init = make_folder)
{
    put("memory-client.12",
        HEAD ERROR("<what>Invalid write of size 1</what>", OWN("take", "31") OWN("main", "40"))
            ERROR("<what>Invalid read of size 8</what>",
                  FRAME("/usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so", "memcpy")
                      FRAME("/build/libsockfault.so", "wrap_send") OWN("main", "41")) "</valgrindoutput>\n");
    cr_expect_str_eq(told(MEMORY_VALGRIND), "Invalid write of size 1 at take (client.c:31)\n"
                                            "Invalid read of size 8 at main (client.c:41)");
}

Test(memory, what_was_cut_off_counts_as_far_as_it_goes, .init = make_folder)
{
    put("memory-client.12",
        HEAD ERROR("<xwhat><text>7 bytes</text></xwhat>", FRAME("/x/libown.so", "f"))
            ERROR("<what>Invalid write of size 1</what>", OWN("take", "31")) "<error><what>Inva");
    cr_expect_str_eq(told(MEMORY_VALGRIND),
                     "7 bytes at f (libown.so)\nInvalid write of size 1 at take (client.c:31)");
}

Test(memory, each_is_told_once_over_all_processes_of_that_name, .init = make_folder)
{
    put("memory-client.12",
        HEAD ERROR("<what>B</what>", OWN("f", "2")) ERROR("<what>A</what>", OWN("f", "1")));
    put("memory-client.9", HEAD ERROR("<what>A</what>", OWN("f", "1")));
    put("memory-client#2.1", HEAD ERROR("<what>C</what>", OWN("f", "1")));
    put("memory-client.x", HEAD ERROR("<what>D</what>", OWN("f", "1")));
    put("memory-client.3.4", HEAD ERROR("<what>E</what>", OWN("f", "1")));
    cr_expect_str_eq(told(MEMORY_VALGRIND), "A at f (client.c:1)\nB at f (client.c:2)");
}

Test(memory, where_nothing_is_reported_there_is_nothing, .init = make_folder)
{
    put("memory-client.12", HEAD "</valgrindoutput>\n");
    put("memory-client.9", "");
    cr_expect_str_eq(told(MEMORY_VALGRIND), "nothing");
}

Test(memory, asan_is_told_with_its_access_at_the_frame_behind_the_runtimes, .init = make_folder)
{
    put("memory-client.12",
        "=====\n==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6 at pc 0x5\n"
        "WRITE of size 1 at 0x602000000018 thread T0\n"
        "    #0 0x7f00f2c45249  (/lib/x86_64-linux-gnu/libasan.so.8+0x27249)\n"
        "    #1 0x5557be719220  (/nowhere/client+0x1220)\n"
        "    #2 0x7f00f2c45304  (/nowhere/libother.so+0x27304)\n\n"
        "0x602000000018 is located 0 bytes to the right of 8-byte region\n"
        "    #0 0x5557be719220  (/nowhere/elsewhere+0x1)\n");
    cr_expect_str_eq(told(MEMORY_ASAN),
                     "AddressSanitizer: heap-buffer-overflow, WRITE of size 1 at client+0x1221");
}

Test(memory, asan_without_an_access_is_told_as_well, .init = make_folder)
{
    put("memory-client.12", "==12==ERROR: AddressSanitizer: attempting double-free on 0x6 in thread T0:\n");
    cr_expect_str_eq(told(MEMORY_ASAN), "AddressSanitizer: attempting double-free");
}

Test(memory, what_was_there_before_goes_over_our_defaults_but_not_over_where_reports_go)
{
    char *options = memory_asan_options(NULL, "/f/memory-a");
    cr_expect_str_eq(options, "detect_leaks=0:symbolize=0:log_path=/f/memory-a");
    free(options);
    options = memory_asan_options("detect_leaks=1:log_path=x", "/f/memory-a");
    cr_expect_str_eq(options, "detect_leaks=0:detect_leaks=1:log_path=x:symbolize=0:log_path=/f/memory-a");
    free(options);
}

Test(memory, tools_are_known_by_name)
{
    cr_expect_eq(memory_tool_find("valgrind"), MEMORY_VALGRIND);
    cr_expect_eq(memory_tool_find("asan"), MEMORY_ASAN);
    cr_expect_eq(memory_tool_find("none"), MEMORY_NONE);
    cr_expect_eq(memory_tool_find("gdb"), MEMORY_NONE);
    cr_expect_str_eq(memory_tool_name(MEMORY_ASAN), "asan");
}
