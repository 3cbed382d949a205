#include "harness/run/watch/stream.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int writer;

static struct stream begin(void)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    writer = ends[1];
    return (struct stream){.fd = ends[0]};
}

static void say(const char *text)
{
    cr_assert_eq(write(writer, text, strlen(text)), (ssize_t)strlen(text));
}

Test(stream, keeps_what_comes_piece_by_piece)
{
    struct stream stream = begin();
    stream_read(&stream, 100);
    cr_expect(stream.len == 0 && stream.fd >= 0, "nothing to read is not the end");
    say("hel");
    stream_read(&stream, 100);
    say("lo");
    stream_read(&stream, 100);
    cr_expect_str_eq(stream.data, "hello");
    cr_expect_eq(stream.len, 5);
    cr_expect_not(stream.cut);
    close(writer);
    stream_read(&stream, 100);
    cr_expect_eq(stream.fd, -1);
    free(stream.data);
}

Test(stream, up_to_the_limit_is_not_too_much)
{
    struct stream stream = begin();
    say("12345");
    stream_read(&stream, 5);
    cr_expect_str_eq(stream.data, "12345");
    cr_expect_not(stream.cut);
    say("6");
    stream_read(&stream, 5);
    cr_expect_str_eq(stream.data, "12345");
    cr_expect(stream.cut);
    stream_close(&stream);
    cr_expect_eq(stream.fd, -1);
    free(stream.data);
}

Test(stream, nothing_is_kept_with_a_limit_of_nothing)
{
    struct stream stream = begin();
    say("x");
    stream_read(&stream, 0);
    cr_expect_null(stream.data);
    cr_expect(stream.cut);
    stream_close(&stream);
}

Test(stream, a_writer_gets_on_though_nothing_more_is_kept)
{
    struct stream stream = begin();
    char block[4096];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(write(writer, block, sizeof block), (ssize_t)sizeof block, "round %d", i);
        stream_read(&stream, 10000);
    }
    cr_expect_eq(stream.len, 10000);
    cr_expect_leq(stream.capacity, 32768);
    stream_close(&stream);
    free(stream.data);
}
