/* Selectors as they are written: every form that is good, and those that nearly are. What is said about the
 * bad ones stands in tests/syntax. */
#include "shim/model/expr.h"
#include "shim/model/hash.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static bool reads(const char *selector, struct rule *ret)
{
    struct rule rules[2];
    struct expr_error error = {0};
    char text[300];
    snprintf(text, sizeof text, "recv:short=1:%s", selector);
    int count = expr_parse(text, rules, 2, &error);
    cr_expect(count == 1 || (strncmp(error.message, "got ", 4) == 0 && error.column > 13), "%s: %s", text,
              error.message);
    *ret = rules[0];
    return count == 1;
}

static struct rule good(const char *selector)
{
    struct rule rule;
    cr_assert(reads(selector, &rule), "%s", selector);
    return rule;
}

static void expect_bad(const char *const selectors[])
{
    struct rule rule;
    for (; *selectors; selectors++)
        cr_expect_not(reads(*selectors, &rule), "%s was read", *selectors);
}

Test(selectors, connections)
{
    struct rule one = good("conn=3"), some = good("conn=2..4"), rest = good("conn=7..");
    cr_expect(one.conn_first == 3 && one.conn_last == 3);
    cr_expect(some.conn_first == 2 && some.conn_last == 4);
    cr_expect(rest.conn_first == 7 && rest.conn_last == UINT32_MAX);
    cr_expect(good("conn=4294967295").conn_last == UINT32_MAX);
    expect_bad((const char *const[]){"conn", "conn=", "conn=0", "conn=0..2", "conn=-1", "conn=x", "conn=..2",
                                     "conn=4..2", "conn=2..x", "conn=2...3", "conn=1,2", "conn=4294967296",
                                     "conn=1..4294967296", "conn=99999999999999999999", NULL});
}

Test(selectors, bounds_are_bytes_or_time)
{
    struct rule bytes = good("after=10:until=4KiB"), time = good("after=5ms:until=2min");
    cr_expect(bytes.after_bytes == 10 && bytes.until_bytes == 4096);
    cr_expect(bytes.after_ns == 0 && bytes.until_ns == INT64_MAX);
    cr_expect(time.after_ns == 5000000 && time.until_ns == 120000000000);
    cr_expect(time.after_bytes == 0 && time.until_bytes == UINT64_MAX);
    cr_expect(good("after=0").after_bytes == 0 && good("after=0").after_ns == 0);
    struct rule both = good("after=5s:until=100B");
    cr_expect(both.after_ns == 5000000000 && both.until_bytes == 100);
    expect_bad((const char *const[]){"after", "after=", "after=soon", "after=-1", "after=5 ms", "after=1.5s",
                                     "until=0", "until=0B", "until=0ms", "until=", "until=5kB",
                                     "until=99999999999999999999", NULL});
}

Test(selectors, own_addresses)
{
    cr_expect(good("local=127.0.0.1:80").has_local);
    cr_expect_eq(good("local=:80").local.port, 80);
    cr_expect_eq(good("local='[::1]:80'").local.port, 80);
    cr_expect(good("local='unix:/tmp/x'").local.path_hash != 0);
    cr_expect_not(good("local=:80").has_peer);
    cr_expect(good("local=:80:peer=:81").has_peer);
    expect_bad((const char *const[]){"local", "local=", "local=host", "local=1.2.3:80",
                                     "local=127.0.0.1:65536", "local='[::1'", "local=unix", NULL});
}

Test(selectors, sites)
{
    struct rule program = good("site=+0x1f"), library = good("site=libx.so.1+0xAb");
    cr_expect(program.site.range_count == 1 && program.site.ranges[0].module == 0);
    cr_expect(program.site.ranges[0].first == 0x1f && program.site.ranges[0].after == 0x20);
    cr_expect_eq(library.site.ranges[0].module, hash_bytes("libx.so.1", 9));
    cr_expect_eq(library.site.ranges[0].first, 0xab);
    cr_expect_eq(good("site='client.c:20'").site.range_count, 0, "to be looked up");
    cr_expect_str_eq(good("site='client.c:20'").site.text, "client.c:20");
    cr_expect_eq(good("site=f+0x").site.range_count, 0, "without digits it is a name");
    cr_expect_eq(good("site=f+0x12345678901234567").site.range_count, 0);
    cr_expect_eq(good("site=a+0xffffffffffffffff").site.ranges[0].first, UINT64_MAX);
    char longest[120] = "site=";
    memset(longest + 5, 'f', 95);
    good(longest);
    longest[100] = 'f';
    expect_bad((const char *const[]){"site", "site=", longest, NULL});
}

static void expect_bytes(const char *selector, const char *bytes, size_t len)
{
    struct rule rule = good(selector);
    cr_expect(rule.match.len == len && memcmp(rule.match.bytes, bytes, len) == 0, "%s", selector);
    cr_expect_not(rule.match.regex);
}

Test(selectors, bytes_to_look_for)
{
    expect_bytes("match=GET", "GET", 3);
    expect_bytes("match='a:b;c'", "a:b;c", 5);
    expect_bytes("match=\\r\\n\\t\\0\\\\", "\r\n\t\0\\", 5);
    expect_bytes("match=\\x00\\xfF\\x41", "\0\377A", 3);
    expect_bytes("match=\\n7", "\n7", 2);
    char longest[120] = "match=";
    memset(longest + 6, 'x', 95);
    good(longest);
    longest[101] = 'x';
    expect_bad((const char *const[]){"match", "match=", "match=\\", "match=\\q", "match=\\x", "match=\\x4",
                                     "match=\\x4g", "match=a:match=b", "match=a:regex=b", longest, NULL});
}

Test(selectors, regular_expressions)
{
    struct rule rule = good("regex='^GET (a|b)+:'");
    cr_expect(rule.match.regex);
    cr_expect_str_eq((const char *)rule.match.bytes, "^GET (a|b)+:");
    cr_expect_eq(rule.match.len, 12);
    expect_bad((const char *const[]){"regex", "regex=", "regex=a:match=b", "regex=a:regex=b", NULL});
}

Test(selectors, rates)
{
    static const char *const bad[] = {
        "recv:rate",      "recv:rate=",       "recv:rate=10",    "recv:rate=0/s",  "recv:rate=/s",
        "recv:rate=10/m", "recv:rate=10kB/s", "recv:rate=1.5/s", "recv:rate=-1/s", NULL};
    struct rule rules[2];
    struct expr_error error;
    cr_assert_eq(expr_parse("recv:rate=10/s;recv:rate=4KiB/s", rules, 2, &error), 2);
    cr_expect(rules[0].amount == 10 && !rules[0].in_bytes);
    cr_expect(rules[1].amount == 4096 && rules[1].in_bytes);
    for (const char *const *text = bad; *text; text++)
        cr_expect_eq(expr_parse(*text, rules, 2, &error), -1, "%s", *text);
}
