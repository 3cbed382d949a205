/* A command split into words as by a shell, with the variables of scenarios. */
#include "harness/sweep/command/words.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

/* "[a][b c]" of what a text is split into, or the message. Static memory: one at a time. */
static const char *split(const char *text)
{
    static char shown[512];
    struct shell_words words = {0};
    struct diag diag = {0};
    if (!shell_words_split("--client", text, &words, &diag)) {
        snprintf(shown, sizeof shown, "%.*s", (int)strcspn(diag.text, "\n"), diag.text);
        cr_expect_eq(diag.status, STATUS_USAGE);
        return shown;
    }
    size_t len = 0;
    for (size_t i = 0; i < words.count; i++)
        len += (size_t)snprintf(shown + len, sizeof shown - len, "[%s]", words.items[i]);
    cr_expect_null(words.items[words.count]);
    cr_expect_str_eq(words.typed, text);
    shell_words_free(&words);
    return shown;
}

Test(shell_words, blanks_part_words_and_quotes_keep_them_together)
{
    cr_expect_str_eq(split("a b"), "[a][b]");
    cr_expect_str_eq(split("  a\t\nb  "), "[a][b]");
    cr_expect_str_eq(split("'a b'\"c d\"e\\ f"), "[a bc de f]");
    cr_expect_str_eq(split("a '' \"\""), "[a][][]");
    cr_expect_str_eq(split("'\"' \"'\" \\' \\\""), "[\"][']['][\"]");
    cr_expect_str_eq(split("\"a\\\"b\\\\c\\d\""), "[a\"b\\c\\d]");
    cr_expect_str_eq(split("a\\\nb"), "[ab]");
    cr_expect_str_eq(split("'a|b' \"c;d\" e\\&f"), "[a|b][c;d][e&f]");
}

Test(shell_words, variables_stay_where_a_shell_would_expand_them)
{
    cr_expect_str_eq(split("${port}"), "[${port}]");
    cr_expect_str_eq(split("\"x:${port2}\""), "[x:${port2}]");
    cr_expect_str_eq(split("'${port}'"), "[$${port}]");
    cr_expect_str_eq(split("\\${port}"), "[$${port}]");
    cr_expect_str_eq(split("\"\\${port}\""), "[$${port}]");
    cr_expect_str_eq(split("'$HOME' a$ \\$x"), "[$HOME][a$][$x]");
}

Test(shell_words, what_only_a_shell_does_is_refused_with_its_column)
{
    static const char operators[] = "|&;<>()`";
    char text[8], wanted[64];
    for (const char *c = operators; *c != '\0'; c++) {
        snprintf(text, sizeof text, "a %c b", *c);
        snprintf(wanted, sizeof wanted, "--client:1:3: error: got '%c', expected a program", *c);
        cr_expect_eq(strncmp(split(text), wanted, strlen(wanted)), 0, "%s", split(text));
    }
    cr_expect_str_eq(split("a $HOME/x"),
                     "--client:1:3: error: got '$HOME', expected ${port}, ${port2} ... or "
                     "${dir}: variables of a shell are expanded before");
    cr_expect_str_eq(
        split("\"$(b)\""),
        "--client:1:2: error: got '$(b)\"', expected nothing that a shell would run: sh -c '...' does");
    cr_expect_str_eq(
        split("\"`b`\""),
        "--client:1:2: error: got '`', expected nothing that a shell would run: sh -c '...' does");
}

Test(shell_words, what_has_no_end_is_refused)
{
    cr_expect_str_eq(split("a 'b"), "--client:1:3: error: got ''b', expected a ' at its end");
    cr_expect_str_eq(split("a \"b"), "--client:1:3: error: got '\"b', expected a \" at its end");
    cr_expect_str_eq(split("a \\"), "--client:1:3: error: got '\\', expected a character behind it");
    cr_expect_str_eq(split("${port"), "--client:1:1: error: got '${port', expected a } at its end");
    cr_expect_str_eq(split(" "), "--client:1:1: error: got ' ', expected a program and its arguments");
}

Test(shell_words, words_of_an_argv_are_text)
{
    static const char *const argv[] = {"a b", "${port}", "$${x} $", NULL};
    struct shell_words words = {0};
    struct diag diag = {0};
    cr_assert(shell_words_take((char *const *)argv, 3, &words, &diag));
    cr_expect_eq(words.count, 3);
    cr_expect_str_eq(words.items[0], "a b");
    cr_expect_str_eq(words.items[1], "$${port}");
    cr_expect_str_eq(words.items[2], "$$${x} $");
    cr_expect_str_eq(words.typed, "'a b' '${port}' '$${x} $'");
    shell_words_free(&words);
}
