#include "shim/model/matcher.h"

#include <criterion/criterion.h>
#include <string.h>

static struct matcher matcher;

static void made(const void *bytes, size_t len)
{
    memset(&matcher, 0xee, sizeof matcher); /* what lies there before must not matter */
    cr_assert(matcher_literal(&matcher, bytes, len));
}

/* The offset just past the first match of a text fed whole, or -1. */
static long end_in(const char *text, size_t len)
{
    uint32_t state = 0;
    size_t end = 0;
    return matcher_step(&matcher, &state, (const unsigned char *)text, len, &end) ? (long)end : -1;
}

/* xorshift32 (Marsaglia 2003): the same numbers in every run. */
static unsigned int next_random(unsigned int *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void fill(unsigned int *seed, char *bytes, size_t len, unsigned int letters)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)('a' + next_random(seed) % letters);
}

Test(matcher, finds_a_string_where_memmem_does)
{
    unsigned int seed = 1;
    int found = 0;
    for (int i = 0; i < 20000; i++) {
        char needle[8], text[32];
        size_t needle_len = 1 + next_random(&seed) % sizeof needle, len = next_random(&seed) % sizeof text;
        fill(&seed, needle, needle_len, 2);
        fill(&seed, text, len, 2);
        made(needle, needle_len);
        const char *at = memmem(text, len, needle, needle_len);
        long wanted = at == NULL ? -1 : at - text + (long)needle_len;
        found += at != NULL;
        cr_assert_eq(end_in(text, len), wanted, "'%.*s' in '%.*s'", (int)needle_len, needle, (int)len, text);
    }
    cr_expect(found > 2000 && found < 18000);
}

Test(matcher, finds_it_across_any_split)
{
    static const char text[] = "xxabababacabayy";
    made("ababac", 6);
    for (size_t split = 0; split <= strlen(text); split++) {
        uint32_t state = 0;
        size_t end = 99;
        bool first = matcher_step(&matcher, &state, (const unsigned char *)text, split, &end);
        cr_assert_eq(first, split >= 10);
        if (!first) {
            cr_assert_eq(end, 99, "untouched without a match");
            cr_assert(matcher_step(&matcher, &state, (const unsigned char *)text + split,
                                   strlen(text) - split, &end));
            end += split;
        }
        cr_expect_eq(end, 10, "split at %zu: %zu", split, end);
    }
}

Test(matcher, goes_on_behind_a_match_without_overlap)
{
    static const char text[] = "aaaaa";
    size_t at = 0, ends[4], count = 0, end;
    uint32_t state = 0;
    made("aa", 2);
    while (matcher_step(&matcher, &state, (const unsigned char *)text + at, strlen(text) - at, &end)) {
        cr_assert(count < 4);
        ends[count++] = at += end;
    }
    cr_assert_eq(count, 2);
    cr_expect_eq(ends[0], 2);
    cr_expect_eq(ends[1], 4);
}

Test(matcher, bytes_are_bytes)
{
    made("\0\xff\n", 3);
    cr_expect_eq(end_in("\0\0\xff\n\0", 5), 4);
    cr_expect_eq(end_in("\0\xff", 2), -1);
}

Test(matcher, of_the_longest_string_works_and_longer_is_refused)
{
    unsigned char bytes[MATCHER_STATES + 1];
    char text[2 * MATCHER_STATES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(255 - i);
    made(bytes, MATCHER_STATES);
    memcpy(text, bytes, 100);
    memcpy(text + 100, bytes, MATCHER_STATES);
    cr_expect_eq(end_in(text, sizeof text - 1), 100 + MATCHER_STATES);
    struct matcher before = matcher;
    cr_expect_not(matcher_literal(&matcher, bytes, MATCHER_STATES + 1));
    cr_expect_not(matcher_literal(&matcher, bytes, 0));
    cr_expect(memcmp(&before, &matcher, sizeof before) == 0, "untouched when refused");
}

Test(matcher, that_is_broken_finds_nothing)
{
    static const struct {
        uint32_t states, classes, again, state;
        uint8_t cell;
    } cases[] = {
        {0, 2, 0, 0, 0},
        {MATCHER_STATES + 1, 2, 0, 0, 0},
        {UINT32_MAX, UINT32_MAX, 0, 0, 0},
        {2, MATCHER_CLASSES + 1, 0, 0, 0},
        {2, 2, 2, 0, MATCHER_MATCH},
        {2, 2, 0, 2, 0},
        {2, 2, 0, UINT32_MAX, 0},
        {2, 2, 0, 0, 2},
        {2, 2, 0, 0, MATCHER_MATCH - 1},
        {2, 1, 0, 0, MATCHER_MATCH}, /* the class is past the last */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t state = cases[i].state;
        size_t end = 99;
        made("ab", 2);
        matcher.state_count = cases[i].states;
        matcher.class_count = cases[i].classes;
        matcher.again = cases[i].again;
        matcher.next[1] = cases[i].cell; /* of state 0 on 'a' */
        cr_expect_not(matcher_step(&matcher, &state, (const unsigned char *)"aab", 3, &end), "case %zu", i);
        cr_expect_eq(state, 0, "case %zu", i);
        cr_expect_eq(end, 99);
    }
}

Test(matcher, of_noise_stays_inside)
{
    unsigned int seed = 7;
    for (int i = 0; i < 200; i++) {
        for (size_t at = 0; at < sizeof matcher; at++)
            ((unsigned char *)&matcher)[at] = (unsigned char)next_random(&seed);
        matcher.state_count = 1 + next_random(&seed) % (MATCHER_STATES + 1);
        matcher.class_count = next_random(&seed) % (MATCHER_CLASSES + 2);
        matcher.again = next_random(&seed) % 260;
        uint32_t state = next_random(&seed) % 260;
        char text[64];
        size_t end = 0;
        fill(&seed, text, sizeof text, 26);
        bool found = matcher_step(&matcher, &state, (const unsigned char *)text, sizeof text, &end);
        cr_assert(state < matcher.state_count);
        cr_assert(found ? end >= 1 && end <= sizeof text : end == 0);
    }
}
