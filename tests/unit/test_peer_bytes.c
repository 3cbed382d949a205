/* Bytes of steps: growing, comparing, made of parts. */
#include "harness/peer/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct runtime runtime = {.ports = {0, 4711}, .dir = "/tmp/d", .root = "/tmp/r"};

/* Makes the bytes of those parts; "error: ..." in *diag. */
static bool make(struct peer_part *parts, size_t count, const char *root, struct bytes *ret,
                 struct diag *diag)
{
    struct peer_step step = {.parts = parts, .part_count = count};
    *diag = (struct diag){0};
    *ret = (struct bytes){0};
    return bytes_make(&step, &runtime, root, ret, diag);
}

Test(peer_bytes, grow_and_stay_a_string)
{
    struct bytes bytes = {0};
    for (int i = 0; i < 1000; i++)
        cr_assert(bytes_add(&bytes, "ab", 2));
    cr_expect_eq(bytes.len, 2000);
    cr_expect_eq(strlen(bytes.at), 2000);
    cr_expect_not(bytes_room(&bytes, PEER_BYTES_MAX));
    cr_expect_not(bytes_room(&bytes, SIZE_MAX));
    cr_expect_eq(bytes.len, 2000);
    bytes_free(&bytes);
    cr_expect_null(bytes.at);
}

Test(peer_bytes, differ_at_the_first_or_where_one_ends)
{
    struct bytes a = {.at = (char *)"abc", .len = 3}, b = {.at = (char *)"abd", .len = 3};
    cr_expect_eq(bytes_differ(&a, &b), 2);
    b.len = 2;
    cr_expect_eq(bytes_differ(&a, &b), 2);
    cr_expect_eq(bytes_differ(&a, &a), 3);
}

Test(peer_bytes, parts_come_one_behind_the_other)
{
    char path[] = "/tmp/sockfault-unit-XXXXXX";
    struct bytes bytes;
    struct diag diag;
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, "x\0y", 3), 3);
    close(fd);
    struct peer_part parts[] = {{PART_TEXT, (char *)"${port} $${", 0},
                                {PART_BYTES, (char *)"\0${port}", 8},
                                {PART_FILE, path, 0},
                                {PART_FILE, path + strlen("/tmp/"), 0}};
    cr_assert(make(parts, 4, "/tmp", &bytes, &diag), "%s", diag.text);
    cr_expect_eq(bytes.len, 7 + 8 + 3 + 3);
    cr_expect_eq(memcmp(bytes.at, "4711 ${\0${port}x\0yx\0y", bytes.len), 0);
    bytes_free(&bytes);
    unlink(path);
}

Test(peer_bytes, what_cannot_be_read_says_why)
{
    char fifo[] = "/tmp/sockfault-unit-XXXXXX";
    struct bytes bytes;
    struct diag diag;
    struct peer_part missing = {PART_FILE, (char *)"no/such", 0}, folder = {PART_FILE, (char *)"/tmp", 0};
    cr_expect_not(make(&missing, 1, "/tmp", &bytes, &diag));
    cr_expect_str_eq(diag.text, "/tmp/no/such: No such file or directory");
    cr_expect_not(make(&folder, 1, "/tmp", &bytes, &diag));
    cr_expect_str_eq(diag.text, "/tmp: Is a directory");
    close(mkstemp(fifo));
    unlink(fifo);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    struct peer_part pipe = {PART_FILE, fifo, 0};
    cr_expect_not(make(&pipe, 1, "/tmp", &bytes, &diag), "nobody will ever write to it");
    cr_expect_not(diag_ok(&diag));
    unlink(fifo);
}

Test(peer_bytes, a_process_that_has_not_started_has_no_number)
{
    struct bytes bytes;
    struct diag diag;
    struct peer_part part = {PART_TEXT, (char *)"${pid:server}", 0};
    cr_expect_not(make(&part, 1, "/tmp", &bytes, &diag));
    cr_expect_not_null(strstr(diag.text, "${pid:server}"));
}
