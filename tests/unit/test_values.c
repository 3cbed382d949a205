/* Numbers with units: what is read, and above all what is not. */
#include "shim/model/expr.h"
#include "shim/model/values.h"

#include <criterion/criterion.h>
#include <string.h>

static bool number(const char *text, uint64_t *ret)
{
    return parse_number(text, strlen(text), ret);
}

static bool duration(const char *text, int64_t *ret)
{
    return parse_duration(text, strlen(text), ret);
}

static bool size(const char *text, uint64_t *ret)
{
    return parse_size(text, strlen(text), ret);
}

Test(values, numbers_are_decimal_digits_only)
{
    static const char *const wrong[] = {"",     " ",   "-1",  "+1", "1 ", " 1",
                                        "0x10", "1e3", "1.0", "a",  "1a", "\xd9\xa1"};
    uint64_t n = 77;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(number(wrong[i], &n), "'%s' was read as %lu", wrong[i], n);
    cr_expect_eq(n, 77, "what is not read is not written");
    cr_assert(number("0", &n));
    cr_expect_eq(n, 0);
    cr_assert(number("007", &n));
    cr_expect_eq(n, 7);
}

Test(values, numbers_end_where_64_bits_do)
{
    uint64_t n;
    cr_assert(number("18446744073709551615", &n));
    cr_expect_eq(n, UINT64_MAX);
    cr_expect_not(number("18446744073709551616", &n));
    cr_expect_not(number("18446744073709551620", &n));
    cr_expect_not(number("99999999999999999999", &n));
    cr_expect_not(number("118446744073709551615", &n));
}

Test(values, numbers_stop_at_the_length_given)
{
    uint64_t n;
    cr_assert(parse_number("1234", 2, &n));
    cr_expect_eq(n, 12);
    cr_expect_not(parse_number("1234", 0, &n));
}

Test(values, durations)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"0", 0},
        {"0s", 0},
        {"1ns", 1},
        {"250us", 250000},
        {"20ms", 20000000},
        {"5s", 5000000000},
        {"2min", 120000000000},
        {"1h", 3600000000000},
        {"9223372036854775807ns", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ns = -1;
        cr_expect(duration(good[i].text, &ns), "%s", good[i].text);
        cr_expect_eq(ns, good[i].ns, "%s is %ld ns", good[i].text, ns);
    }
}

Test(values, what_is_no_duration)
{
    static const char *const wrong[] = {"",
                                        "5",
                                        "00",
                                        "s",
                                        "5 s",
                                        "5S",
                                        "-5s",
                                        "1.5s",
                                        "5sec",
                                        "5m",
                                        "ms",
                                        "5s ",
                                        "9223372036854775808ns",
                                        "9223372037s",
                                        "2562048h"};
    int64_t ns = 77;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(duration(wrong[i], &ns), "'%s' was read as %ld ns", wrong[i], ns);
    cr_expect_eq(ns, 77);
}

Test(values, sizes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"0", 0},
        {"100", 100},
        {"100B", 100},
        {"4KiB", 4096},
        {"10MiB", 10485760},
        {"2GiB", 2147483648},
        {"9223372036854775807", INT64_MAX},
    };
    static const char *const wrong[] = {
        "", "B", "1K", "1KB", "1kib", "-1B", "1 B", "9223372036854775808", "8589934592GiB"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t bytes = 77;
        cr_expect(size(good[i].text, &bytes), "%s", good[i].text);
        cr_expect_eq(bytes, good[i].bytes, "%s is %lu bytes", good[i].text, bytes);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint64_t bytes = 77;
        cr_expect_not(size(wrong[i], &bytes), "'%s' was read as %lu bytes", wrong[i], bytes);
    }
}
