#include "harness/match/match.h"

#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

static struct matcher matcher;

static void compiled(const char *regex)
{
    struct match_error error = {0};
    memset(&matcher, 0xee, sizeof matcher);
    cr_assert(match_compile(regex, &matcher, &error), "'%s': %u: %s", regex, error.column, error.message);
}

/* Fed in two parts: the offset just past the first match, or -1. */
static long end_in_parts(const char *text, size_t len, size_t split)
{
    uint32_t state = 0;
    size_t end = 0;
    if (matcher_step(&matcher, &state, (const unsigned char *)text, split, &end))
        return (long)end;
    return matcher_step(&matcher, &state, (const unsigned char *)text + split, len - split, &end)
               ? (long)(split + end)
               : -1;
}

/* The same at every split: it must make no difference. */
static long end_in(const char *text, size_t len)
{
    long whole = end_in_parts(text, len, len);
    for (size_t split = 0; split < len; split++)
        cr_assert_eq(end_in_parts(text, len, split), whole, "'%.*s' split at %zu", (int)len, text, split);
    return whole;
}

Test(match_compile, finds)
{
    static const struct {
        const char *regex, *text;
        size_t len;
        long end;
    } cases[] = {
        {"abc", "xxabcabc", 8, 5},
        {"ab*", "xabbb", 5, 2}, /* as early as it can */
        {"ab+c?d", "abbbd", 5, 5},
        {"a.c", "a\nc", 3, 3},
        {"a.c", "a\0c", 3, 3},
        {"^GET ", "GET / ", 6, 4},
        {"^GET ", " GET / ", 7, -1},
        {"(^|\\n)QUIT", "xQUIT\nQUIT", 10, 10},
        {"(^|\\n)QUIT", "QUIT", 4, 4},
        {"(a|b^)c", "bcac", 4, 4},
        {"[0-9]{3}", "12a345", 6, 6},
        {"x{2,3}y", "xyxxxxy", 7, 7},
        {"x{2,}y", "xyxxxxy", 7, 7},
        {"ax{0}b", "axbab", 5, 5},
        {"a(b|cd){0,2}e", "abcdbe abe", 10, 10},
        {"[^a-y]z", "azzz", 4, 3},
        {"[^a]", "aa\0", 3, 3},
        {"[]a]b", "]b", 2, 2},
        {"[^]]b", "]bab", 4, 4},
        {"[a-]b", "-b", 2, 2},
        {"[-a]b", "-b", 2, 2},
        {"[+--]b", "-b", 2, 2},
        {"[[:digit:]_]x", "_x", 2, 2},
        {"[[:upper:][:space:]]x", "ax\tx", 4, 4},
        {"[\\x00-\\x1f]", "ab\x1f", 3, 3},
        {"[\\]\\\\]b", "]b", 2, 2},
        {"\\x00\\xfF", "a\0\xff", 3, 3},
        {"\\0\\r\\n\\t", "\0\r\n\t", 4, 4},
        {"\\.\\*\\[\\(\\$\\^\\{", ".*[($^{", 7, 7},
        {"a]}b", "a]}b", 4, 4},
        {"\xc3\xa9+x", "\xc3\xa9\xc3\xa9x", 5, 5}, /* all of a character is repeated */
        {"<\xc3\xa9{2}>", "<\xc3\xa9\xa9>", 5, -1},
        {"\xa9\xa9", "\xc3\xa9\xa9", 3, 3}, /* not UTF-8: bytes */
        {"()a", "a", 1, 1},
        {"(|b)a", "ba", 2, 2},
        {"(a*)*b", "aab", 3, 3},
        {"(a?){3}b", "b", 1, 1},
        {"(a*|b)+c", "babc", 4, 4},
        {"a|b|cd", "cd", 2, 2},
        {"((((a))))", "a", 1, 1},
        {"a{2}{3}b", "aaaaab aaaaaab", 14, 14},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        compiled(cases[i].regex);
        cr_expect_eq(end_in(cases[i].text, cases[i].len), cases[i].end, "'%s', case %zu", cases[i].regex, i);
    }
}

Test(match_compile, refuses_with_column_and_reason)
{
    static const struct {
        const char *regex;
        unsigned int column;
        const char *message;
    } cases[] = {
        {"", 1, "got an expression that matches the empty string, expected one that needs a byte"},
        {"a*", 1, "got an expression that matches the empty string, expected one that needs a byte"},
        {"a|^b*", 1, "got an expression that matches the empty string, expected one that needs a byte"},
        {"a^b", 1, "got an expression that nothing can match, expected one that something can"},
        {"a[^\\x00-\\xff]", 1, "got an expression that nothing can match, expected one that something can"},
        {"ab*$", 4,
         "got '$', but the end of a stream cannot be matched: expected \\n for the end of a line, or \\$ for "
         "the "
         "character"},
        {"a|*b", 3, "got '*' with nothing before it to repeat, expected \\* for the character"},
        {"^+", 2, "got '+' with nothing before it to repeat, expected \\+ for the character"},
        {"({2})", 2, "got '{' with nothing before it to repeat, expected \\{ for the character"},
        {"ab{", 3,
         "got '{' without a number of times, expected {m}, {m,} or {m,n} with m <= n <= 255, or \\{ for the "
         "character"},
        {"ab{2,1}", 3,
         "got '{' without a number of times, expected {m}, {m,} or {m,n} with m <= n <= 255, or \\{ for the "
         "character"},
        {"b{256}", 2,
         "got '{' without a number of times, expected {m}, {m,} or {m,n} with m <= n <= 255, or \\{ for the "
         "character"},
        {"b{1,x}", 2,
         "got '{' without a number of times, expected {m}, {m,} or {m,n} with m <= n <= 255, or \\{ for the "
         "character"},
        {"x(ab", 2, "got '(' that is not closed, expected ')'"},
        {"ab)", 3, "got ')' that closes nothing, expected \\) for the character"},
        {"x[ab", 2, "got '[' that is not closed, expected ']'"},
        {"x[]", 2, "got '[' that is not closed, expected ']'"},
        {"[z-a]", 2, "got the range 'z-a', expected its lower end first"},
        {"[[:word:]]", 2,
         "got an unknown class, expected [:alnum:], alpha, blank, cntrl, digit, graph, lower, print, punct, "
         "space, upper or xdigit"},
        {"[a[.b.]]", 3, "got '[.' here, expected a byte or a class like [:digit:]"},
        {"[a-[:digit:]]", 4, "got '[:' here, expected a byte or a class like [:digit:]"},
        {"[x\xc3\xa9]", 3,
         "got '\xc3\xa9' in brackets, expected single bytes (\\xHH), or (a|b) for characters"},
        {"[\xff]", 2, "got '\\xff' in brackets, expected single bytes (\\xHH), or (a|b) for characters"},
        {"a\\d", 2, "got a backslash before 'd', expected \\n, \\r, \\t, \\0, \\xHH or punctuation after it"},
        {"a\\", 2,
         "got a backslash before the end, expected \\n, \\r, \\t, \\0, \\xHH or punctuation after it"},
        {"\\x4", 1, "got '\\x' without two hexadecimal digits, expected \\xHH"},
        {"[\\xg0]", 2, "got '\\x' without two hexadecimal digits, expected \\xHH"},
        {"x.{9}y", 1, "got an expression that needs more than 254 states, expected a simpler one"},
        {"((a{50}){50}){50}", 1, "got an expression that needs more than 1024 steps, expected a simpler one"},
        {"(ab{255}c){1}d", 1, "got an expression that needs more than 254 states, expected a simpler one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct match_error error = {0};
        cr_expect_not(match_compile(cases[i].regex, &matcher, &error), "'%s'", cases[i].regex);
        cr_expect_eq(error.column, cases[i].column, "'%s': %u", cases[i].regex, error.column);
        cr_expect_str_eq(error.message, cases[i].message, "'%s'", cases[i].regex);
    }
}

Test(match_compile, groups_within_groups_have_an_end)
{
    char regex[2 * MATCH_DEPTH_MAX + 8];
    struct match_error error = {0};
    memset(regex, '(', MATCH_DEPTH_MAX + 1);
    strcpy(regex + MATCH_DEPTH_MAX + 1, "a");
    cr_expect_not(match_compile(regex, &matcher, &error));
    cr_expect_eq(error.column, MATCH_DEPTH_MAX + 1);
    cr_expect_str_eq(error.message, "got more than 100 groups within one another, expected fewer");
    memset(regex + MATCH_DEPTH_MAX + 1, ')', MATCH_DEPTH_MAX);
    regex[MATCH_DEPTH_MAX] = 'a';
    regex[2 * MATCH_DEPTH_MAX + 1] = '\0';
    compiled(regex);
    cr_expect_eq(end_in("a", 1), 1);
}

Test(match_compile, every_state_there_is_can_be_used)
{
    char text[MATCHER_STATES + 1];
    char regex[16];
    struct match_error error = {0};
    snprintf(regex, sizeof regex, "a{%d}b", MATCHER_STATES - 1);
    compiled(regex);
    cr_expect_eq(matcher.state_count, MATCHER_STATES);
    memset(text, 'a', sizeof text);
    text[MATCHER_STATES - 1] = 'b';
    cr_expect_eq(end_in(text, sizeof text), MATCHER_STATES);
    snprintf(regex, sizeof regex, "a{%d}b", MATCHER_STATES);
    cr_expect_not(match_compile(regex, &matcher, &error));
}

Test(match_compile, states_that_are_alike_become_one)
{
    compiled("ax|bx|cx|dx");
    cr_expect_eq(matcher.state_count, 2);
    compiled("(one|two|six)teen");
    cr_expect(matcher.state_count <= 14, "%u", matcher.state_count);
}

Test(match_compile, behind_a_match_the_start_is_past)
{
    uint32_t state = 0;
    size_t end = 0;
    compiled("^a|b");
    cr_assert(matcher_step(&matcher, &state, (const unsigned char *)"aab", 3, &end) && end == 1);
    cr_assert(matcher_step(&matcher, &state, (const unsigned char *)"ab", 2, &end) && end == 2);
}

/* ---- the same as regexec(3), on expressions that no standard leaves open ------------------------------- */

/* xorshift32 (Marsaglia 2003): the same numbers in every run. */
static unsigned int next_random(unsigned int *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void add(char *regex, const char *part)
{
    strcat(regex, part);
}

static void random_regex(unsigned int *seed, char *regex, int depth, bool outer);

static void random_piece(unsigned int *seed, char *regex, int depth)
{
    static const char *const atoms[] = {
        "a", "b", "c", "a", "b", ".", "[ab]", "[^a]", "[b-c]", "[[:alpha:]]", "[^b[:digit:]]", "\\."};
    static const char *const repeats[] = {"",  "",    "",      "",     "*",     "+",
                                          "?", "{2}", "{0,1}", "{1,}", "{0,2}", "{2,3}"};
    if (depth > 0 && next_random(seed) % 4 == 0) {
        add(regex, "(");
        random_regex(seed, regex, depth - 1, false);
        add(regex, ")");
    } else {
        add(regex, atoms[next_random(seed) % (sizeof atoms / sizeof *atoms)]);
    }
    add(regex, repeats[next_random(seed) % (sizeof repeats / sizeof *repeats)]);
}

/* `^` outside groups only: in one that repeats and may be empty, regexec of glibc 2.36 takes it as if it
 * held. */
static void random_regex(unsigned int *seed, char *regex, int depth, bool outer)
{
    for (;;) {
        if (outer && next_random(seed) % 6 == 0)
            add(regex, "^");
        int pieces = 1 + (int)(next_random(seed) % 3);
        for (int i = 0; i < pieces; i++)
            random_piece(seed, regex, depth);
        if (next_random(seed) % 4 != 0)
            return;
        add(regex, "|");
    }
}

/* The shortest beginning of the text that regexec finds a match in, or -1. */
static long shortest(const regex_t *regex, const char *text, size_t len)
{
    for (size_t end = 0; end <= len; end++) {
        char part[32];
        memcpy(part, text, end);
        part[end] = '\0';
        if (regexec(regex, part, 0, NULL, 0) == 0)
            return (long)end;
    }
    return -1;
}

/* How many subjects were found in, out of 30. */
static int compare(unsigned int *seed, const char *text, const regex_t *regex)
{
    static const char letters[] = "abcab.1\n";
    int found = 0;
    for (int i = 0; i < 30; i++) {
        char subject[13];
        size_t len = next_random(seed) % sizeof subject;
        for (size_t at = 0; at < len; at++)
            subject[at] = letters[next_random(seed) % (sizeof letters - 1)];
        long wanted = shortest(regex, subject, len), got = end_in(subject, len);
        cr_assert_eq(got, wanted, "'%s' in '%.*s': got %ld, expected %ld", text, (int)len, subject, got,
                     wanted);
        found += got >= 0;
    }
    return found;
}

Test(match_compile, agrees_with_regexec, .timeout = 300)
{
    unsigned int seed = 20240607;
    int compared = 0, empty = 0, large = 0, found = 0;
    for (int i = 0; i < 5000; i++) {
        char text[512] = "";
        regex_t regex;
        struct match_error error = {0};
        random_regex(&seed, text, 2, true);
        cr_assert(regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) == 0, "%s", text);
        bool good = match_compile(text, &matcher, &error);
        if (regexec(&regex, "", 0, NULL, 0) == 0) {
            cr_assert(!good && strstr(error.message, "empty") != NULL, "'%s': %s", text, error.message);
            empty++;
        } else if (!good) {
            cr_assert(strstr(error.message, "more than 254 states") != NULL, "'%s': %s", text, error.message);
            large++;
        } else {
            found += compare(&seed, text, &regex);
            compared++;
        }
        regfree(&regex);
    }
    cr_expect(compared > 3000 && empty > 100 && large < 100, "%d, %d, %d", compared, empty, large);
    cr_expect(found > compared * 5 && found < compared * 25, "%d of %d", found, compared * 30);
}
