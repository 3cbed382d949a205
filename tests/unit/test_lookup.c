#include "harness/program/lookup.h"
#include "harness/program/program.h"
#include "tests/unit/compiled.h"
#include "tests/unit/told.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(lookup, .init = compiled_begin, .fini = compiled_end, .timeout = 120);

static struct lookup_place found(const char *program, const char *text)
{
    struct lookup_place place = {.count = 0};
    struct diag diag = {0};
    cr_assert(lookup_place(compiled_path(program), NULL, text, &place, &diag), "%s", diag.text);
    cr_assert(place.count >= 1 && place.count <= LOOKUP_RANGES);
    for (size_t i = 0; i < place.count; i++) {
        cr_assert(place.ranges[i].lo < place.ranges[i].hi);
        cr_assert(i == 0 || place.ranges[i].lo > place.ranges[i - 1].hi);
    }
    return place;
}

static void not_found(const char *program, const char *text, const char *message)
{
    struct lookup_place place = {.count = 77};
    struct diag diag = {0};
    cr_assert_not(lookup_place(compiled_path(program), NULL, text, &place, &diag), "%s", text);
    cr_expect_eq(diag.status, STATUS_USAGE);
    cr_expect_str_eq(diag.text, message);
    cr_expect_eq(place.count, 77);
}

static bool holds(const struct lookup_place *place, uint64_t offset)
{
    for (size_t i = 0; i < place->count; i++)
        if (offset >= place->ranges[i].lo && offset < place->ranges[i].hi)
            return true;
    return false;
}

/* Whether the offset is the very end of the code that a range is about. */
static bool is_last_of(const struct lookup_place *place, uint64_t offset)
{
    for (size_t i = 0; i < place->count; i++)
        if (offset == place->ranges[i].hi - 1)
            return true;
    return false;
}

/* Each site is on its own line and on no other that was told of, and in its own function. */
static void check_told(const struct told *told, size_t count)
{
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "program.c:%d", told[i].line);
        struct lookup_place line = found("program", text), function = found("program", told[i].name);
        cr_expect_str_eq(line.module, compiled_path("program"));
        cr_expect(line.is_program);
        for (size_t k = 0; k < count; k++)
            cr_expect_eq(holds(&line, told[k].offset), told[k].line == told[i].line, "%s and line %d", text,
                         told[k].line);
        cr_expect(holds(&function, told[i].offset), "%s, line %d", told[i].name, told[i].line);
        last += is_last_of(&line, told[i].offset);
    }
    cr_expect(last >= 2, "%zu calls were the last instruction of their line", last);
}

/* The trace's own words lead back to where they came from. */
static void check_way_back(const struct told *told, size_t count)
{
    struct sites *sites = sites_new();
    for (size_t i = 0; i < count; i++) {
        char *text = sites_text(sites, compiled_path("program"), told[i].offset);
        struct lookup_place place = found("program", text);
        cr_expect(holds(&place, told[i].offset), "%s", text);
        free(text);
    }
    sites_free(sites);
}

static void check_program(const char *options)
{
    struct told told[TOLD_MAX];
    told_make(options);
    size_t count = told_run("./program", told);
    cr_assert_eq(count, 10, "%zu", count);
    check_told(told, count);
    check_way_back(told, count);
    /* The last call of a function that never returns: its return address is the next function's, if one is.
     */
    struct lookup_place last = found("program", "last"), after = found("program", "after");
    cr_expect_str_eq(told[count - 1].name, "last");
    cr_expect(holds(&last, told[count - 1].offset) && !holds(&after, told[count - 1].offset));
    cr_expect(is_last_of(&last, told[count - 1].offset));
}

Test(lookup, of_lines_and_functions_not_optimised)
{
    check_program("-g -O0");
}

Test(lookup, of_lines_and_functions_optimised)
{
    check_program("-g -O2");
}

Test(lookup, of_lines_and_functions_at_a_fixed_address)
{
    check_program("-g -O2 -no-pie -gdwarf-4");
}

Test(lookup, of_lines_and_functions_in_split_dwarf)
{
    check_program("-g -O2 -gsplit-dwarf");
}

/* Code of files without line information lies between main and the others. */
Test(lookup, of_no_line_goes_on_where_line_information_ends)
{
    told_make("-g -O2");
    uint64_t between = found("program", "_start+0x4").ranges[0].lo;
    int lines = 0;
    for (int i = 1; i <= 32; i++) {
        struct lookup_place place = {.count = 0};
        struct diag diag = {0};
        char text[32];
        snprintf(text, sizeof text, "program.c:%d", i);
        lines += lookup_place(compiled_path("program"), NULL, text, &place, &diag);
        cr_expect_not(holds(&place, between), "%s", text);
    }
    cr_expect(lines >= 10, "%d", lines);
}

Test(lookup, of_inlined_copies_is_all_of_them)
{
    told_make("-g -O2");
    cr_expect_geq(found("program", "inlined").count, 2);
    cr_expect_geq(found("program", "program.c:6").count, 2);
}

Test(lookup, of_a_file_by_the_last_parts_of_its_path)
{
    told_make("-g");
    struct lookup_place wanted = found("program", "program.c:6");
    static const char *const good[] = {"src/program.c:6", "./src/program.c:6", "program.c:6 (program)"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct lookup_place got = found("program", good[i]);
        cr_expect(got.count == wanted.count && got.ranges[0].lo == wanted.ranges[0].lo, "%s", good[i]);
    }
    char absolute[300];
    snprintf(absolute, sizeof absolute, "%s:6", compiled_path("src/program.c"));
    compiled_run("cc -g -o program %s tell.c", compiled_path("src/program.c"));
    found("program", absolute);
    not_found("program", "rc/program.c:6",
              "got 'rc/program.c:6', expected a source file of program; did you mean 'program.c'?");
}

/* With _FORTIFY_SOURCE, recv() is an inline function of a system header, whose line is no use to anybody. */
Test(lookup, of_a_call_in_a_system_header_is_where_it_was_inlined)
{
    struct told told[TOLD_MAX];
    compiled_write("fortified.c", "#include <stdlib.h>\n"
                                  "#include <sys/socket.h>\n"
                                  "char buffer[100];\n"
                                  "int main(int count, char **words)\n"
                                  "{\n"
                                  "    ssize_t got = recv(count, buffer, 10, 0);\n"
                                  "    got += recv(count, buffer, atoi(words[1]), 0);\n"
                                  "    return got != 0;\n"
                                  "}\n");
    compiled_write("tell.c", told_tell_c);
    compiled_write("caught.c", "#define recv tell_recv\n"
                               "#define __recv_chk tell_recv_chk\n"
                               "#include \"tell.c\"\n"
                               "#undef recv\n"
                               "#undef __recv_chk\n"
                               "#define CATCH(name, ...) long name(__VA_ARGS__) { \\\n"
                               "    say(__func__, 0, __builtin_return_address(0)); return 0; }\n"
                               "CATCH(recv, int fd, void *at, size_t len, int flags)\n"
                               "CATCH(__recv_chk, int fd, void *at, size_t len, size_t room, int flags)\n");
    compiled_run("cc -g -O2 -D_FORTIFY_SOURCE=2 -c fortified.c && cc -U_FORTIFY_SOURCE -w -g -c caught.c");
    compiled_run("cc -o program fortified.o caught.o");
    cr_assert_eq(told_run("./program 5", told), 2);
    struct lookup_place first = found("program", "fortified.c:6"), second = found("program", "fortified.c:7");
    cr_expect(holds(&first, told[0].offset) && !holds(&first, told[1].offset));
    cr_expect(holds(&second, told[1].offset) && !holds(&second, told[0].offset));
    check_way_back(told, 2);
}

Test(lookup, without_debug_information_goes_by_symbols)
{
    struct told told[TOLD_MAX];
    told_make("-O1 -g0");
    size_t count = told_run("./program", told);
    struct lookup_place place = found("program", "read_full");
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(holds(&place, told[i].offset), strcmp(told[i].name, "read_full") == 0, "line %d",
                     told[i].line);
    cr_expect(strstr(place.module, "/program") != NULL);
    check_way_back(told, count); /* "FUNCTION+0x12 (program)" */
    not_found(
        "program", "program.c:6",
        "got 'program.c:6', but program was built without line information (-g): expected a function or "
        "MODULE+0xN");
    compiled_run("cc -rdynamic -O1 -o program src/program.c tell.c && strip program");
    told_run("./program", told);
    place = found("program", "read_full");
    cr_expect(holds(&place, told[2].offset));
    not_found("program", "last", "got 'last', expected a function of program");
    not_found("program", "read_fool+0x3",
              "got 'read_fool+0x3', expected the name, a library or a function of program; did you mean "
              "'read_full'?");
    compiled_run("cc -O1 -static-pie -o program src/program.c tell.c && strip program");
    not_found("program", "read_full",
              "got 'read_full', but program has no names of functions: expected MODULE+0xN");
}

Test(lookup, finds_debug_information_elsewhere)
{
    struct told told[TOLD_MAX];
    told_make("-g -O2");
    compiled_run("objcopy --only-keep-debug program program.debug && strip program && "
                 "objcopy --add-gnu-debuglink=program.debug program");
    check_told(told, told_run("./program", told));
}

Test(lookup, of_parts_that_the_compiler_split_off)
{
    compiled_write("cold.c", "#include <stdlib.h>\n"
                             "int work(int n)\n"
                             "{\n"
                             "    if (__builtin_expect(n == 77, 0))\n"
                             "        abort();\n"
                             "    return n + rand();\n"
                             "}\n"
                             "int main(int n, char **words) { return work(n) + work(n + words[0][0]); }\n");
    compiled_run("cc -O2 -fno-inline -freorder-blocks-and-partition -o program cold.c");
    compiled_run("nm program | grep -q 'work[.]cold'");
    cr_expect_geq(found("program", "work").count, 2);
    compiled_run("cc -g -O2 -fno-inline -freorder-blocks-and-partition -o program cold.c");
    cr_expect_geq(found("program", "work").count, 2);
}

Test(lookup, goes_on_in_the_libraries)
{
    compiled_write("mine.c", "int putchar(int);\n"
                             "int lib_call(int n)\n"
                             "{\n"
                             "    return putchar('x') + n;\n"
                             "}\n"
                             "int both(int n) { return n; }\n");
    compiled_write("main.c", "int lib_call(int n);\nint both(int n);\nint main(void)\n{\n    return "
                             "lib_call(both(0));\n}\n");
    compiled_write("both.c", "int both(int n) { return n + 1; }\n");
    compiled_run("mkdir lib && cc -g -shared -fPIC -o lib/libmine.so mine.c");
    compiled_run("cc -g -o program main.c both.c -Llib -lmine -Wl,-rpath,'$ORIGIN/lib'");
    static const char *const theirs[] = {"mine.c:4", "lib_call", "lib_call+0x4", "mine.c:4 (libmine.so)",
                                         "both (libmine.so)"};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        struct lookup_place place = found("program", theirs[i]);
        cr_expect_str_eq(place.module, compiled_path("lib/libmine.so"), "%s", theirs[i]);
        cr_expect_not(place.is_program, "%s", theirs[i]);
    }
    char text[64];
    uint64_t offset = found("program", "lib_call+0x4").ranges[0].lo;
    snprintf(text, sizeof text, "libmine.so+0x%" PRIx64, offset);
    struct lookup_place place = found("program", text);
    cr_expect_str_eq(place.module, compiled_path("lib/libmine.so"));
    cr_expect(place.count == 1 && place.ranges[0].lo == offset && place.ranges[0].hi == offset + 1);
    not_found("program", "libmine.so+0x7fffffff",
              "got 'libmine.so+0x7fffffff', expected an offset within the code of libmine.so");
    cr_expect(found("program", "both").is_program, "the program's own comes first");
    not_found("program", "mine.c:900",
              "got 'mine.c:900', expected a line with code in mine.c (the nearest is 6)");
    not_found("program", "lib_cal",
              "got 'lib_cal', expected a function of program; did you mean 'lib_call'?");
    not_found("program", "getaddrinfo", "got 'getaddrinfo', expected a function of program");
    not_found("program", "lib_call (other)",
              "got 'lib_call (other)', expected 'program' or one of its libraries in the parentheses");
}

Test(lookup, of_an_offset_is_that_return_address)
{
    told_make("-g0");
    struct told told[TOLD_MAX];
    char text[64];
    told_run("./program", told);
    compiled_run("ln -s program link");
    static const char *const formats[] = {"program+0x%" PRIx64, "+0x%" PRIX64, "link+0x%" PRIx64};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        snprintf(text, sizeof text, formats[i], told[0].offset);
        struct lookup_place place = found(i == 2 ? "link" : "program", text);
        cr_expect(place.count == 1 && place.ranges[0].lo == told[0].offset &&
                  place.ranges[0].hi == told[0].offset + 1);
        cr_expect(place.is_program);
        cr_expect_str_eq(place.module, compiled_path("program"));
    }
    struct lookup_place place = found("program", "libplugin.so.3+0x1234");
    cr_expect_str_eq(place.module, "libplugin.so.3", "it may be opened later");
    cr_expect(place.ranges[0].lo == 0x1234 && !place.is_program);
    not_found("program", "program+0x7fffffff",
              "got 'program+0x7fffffff', expected an offset within the code of program");
    not_found("program", "+0x0", "got '+0x0', expected an offset within the code of program");
    not_found("program", "read_full+0xffff",
              "got 'read_full+0xffff', expected an offset within the code of read_full");
}

Test(lookup, what_is_wrong_is_told_with_what_is_near)
{
    told_make("-g");
    not_found("program", "program.c:2",
              "got 'program.c:2', expected a line with code in program.c (the nearest is 6)");
    not_found("program", "program.c:17",
              "got 'program.c:17', expected a line with code in program.c (the nearest are 16 and 18)");
    not_found("program", "program.c:900",
              "got 'program.c:900', expected a line with code in program.c (the nearest is 32)");
    not_found("program", "progam.c:6",
              "got 'progam.c:6', expected a source file of program; did you mean 'program.c'?");
    not_found("program", "raed_full",
              "got 'raed_full', expected a function of program; did you mean 'read_full'?");
    not_found("program", "nothing_like_it", "got 'nothing_like_it', expected a function of program");
    static const char *const bad[] = {"", ":6", "program.c:0", "program.c:99999999999", " (program)"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[128];
        snprintf(message, sizeof message, "got '%s', expected FILE:LINE, a function or MODULE+0xN", bad[i]);
        not_found("program", bad[i], message);
    }
}

Test(lookup, of_too_many_pieces_is_refused)
{
    FILE *file = fopen(compiled_path("many.c"), "w");
    cr_assert(file != NULL);
    fputs("int rand(void);\nstatic inline __attribute__((always_inline)) int piece(int n) { return n * "
          "rand(); }\n"
          "int main(int n, char **words)\n{\n    (void)words;\n",
          file);
    for (int i = 0; i < LOOKUP_RANGES + 10; i++)
        fputs("    n += piece(n);\n    n ^= rand();\n", file);
    fputs("    return n;\n}\n", file);
    cr_assert(fclose(file) == 0);
    compiled_run("cc -g -o program many.c");
    struct lookup_place place;
    struct diag diag = {0};
    cr_assert_not(lookup_place(compiled_path("program"), NULL, "piece", &place, &diag));
    cr_expect(strstr(diag.text, "separate pieces of code in program, expected at most 64") != NULL, "%s",
              diag.text);
}

Test(lookup, in_what_is_no_program_is_trouble)
{
    struct lookup_place place;
    compiled_write("text", "hello\n");
    static const char *const names[] = {"text", "gone"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct diag diag = {0};
        cr_expect_not(lookup_place(compiled_path(names[i]), NULL, "main", &place, &diag));
        cr_expect_eq(diag.status, STATUS_TROUBLE);
        cr_expect(strstr(diag.text, names[i]) != NULL, "%s", diag.text);
    }
}
