#include "harness/phrase.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_quoted(const char *word, const char *wanted)
{
    char *quoted = phrase_quote(word);
    cr_expect_str_eq(quoted, wanted);
    free(quoted);
}

Test(phrase, words_are_quoted_where_a_shell_would_not_take_them_as_they_are)
{
    expect_quoted("build/server", "build/server");
    expect_quoted("--port=80,81", "--port=80,81");
    expect_quoted("", "''");
    expect_quoted("two words", "'two words'");
    expect_quoted("$HOME", "'$HOME'");
    expect_quoted("it's", "'it'\\''s'");
    expect_quoted("a\nb", "'a\nb'");
}

Test(phrase, a_command_is_its_words)
{
    char shell[] = "sh", option[] = "-c", script[] = "echo 'x'", *words[] = {shell, option, script, NULL};
    char *command = phrase_command(words);
    cr_expect_str_eq(command, "sh -c 'echo '\\''x'\\'''");
    free(command);
}

Test(phrase, append_separates_only_what_is_there)
{
    char *text = NULL;
    phrase_append(&text, ", ", "%d", 1);
    cr_expect_str_eq(text, "1");
    phrase_append(&text, ", ", "%s", "two");
    cr_expect_str_eq(text, "1, two");
    free(text);
}
