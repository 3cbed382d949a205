/* YAML as a tree that knows its places, and its bounds. */
#include "harness/scenario/document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct document read_good(const char *text)
{
    struct source source = {"t.yaml", text, strlen(text)};
    struct document document;
    struct diag diag = {0};
    cr_assert(source_check(&source, &diag) && document_read(&source, &document, &diag), "%s", diag.text);
    return document;
}

static const char *read_wrong(const char *text, size_t len)
{
    static struct diag diag;
    struct source source = {"t", text, len};
    struct document document;
    diag = (struct diag){0};
    cr_assert_not(source_check(&source, &diag) && document_read(&source, &document, &diag));
    diag.text[strcspn(diag.text, "\n")] = '\0';
    return diag.text;
}

static void is_at(const struct node *node, int line, int column)
{
    cr_assert_not_null(node);
    cr_expect_eq(node->line, line, "line %d, expected %d", node->line, line);
    cr_expect_eq(node->column, column, "column %d, expected %d", node->column, column);
}

Test(document, every_node_knows_its_place)
{
    struct document d = read_good("a: 1\n\"b\":  \"x\"\nc:\n  - 'q'\n  - {d: , e: [f]}\ng: |\n  text\n");
    const struct node *c = node_get(d.root, "c");
    is_at(d.root, 1, 1);
    is_at(node_get(d.root, "a"), 1, 4);
    is_at(d.root->keys[1], 2, 1);
    is_at(node_get(d.root, "b"), 2, 7);
    is_at(c, 4, 3);
    is_at(c->items[0], 4, 5);
    is_at(c->items[1], 5, 5);
    cr_expect(node_get(c->items[1], "d")->null);
    is_at(node_get(c->items[1], "d"), 5, 7);
    is_at(node_get(c->items[1], "e")->items[0], 5, 15);
    is_at(node_get(d.root, "g"), 7, 1);
    cr_expect_null(node_get(d.root, "x"));
    cr_expect_null(node_get(node_get(d.root, "a"), "x"), "a scalar has no keys");
    document_free(&d);
}

Test(document, columns_are_bytes)
{
    struct document d = read_good("{gr\xc3\xbc\xc3\x9f: 1, b: 2}\n");
    is_at(node_get(d.root, "b"), 1, 16);
    document_free(&d);
}

Test(document, only_plain_words_are_null)
{
    struct document d = read_good("[null, ~, Null, 'null', \"\", nul]");
    static const bool wanted[] = {true, true, true, false, false, false};
    cr_assert_eq(d.root->count, 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(d.root->items[i]->null, wanted[i], "item %zu", i);
    document_free(&d);
}

/* The byte of the source where the byte `at` of the first item stands. */
static size_t origin(const char *text, size_t at)
{
    struct document d = read_good(text);
    size_t offset = node_source_offset(&d, d.root->items[0], at);
    document_free(&d);
    return offset;
}

Test(document, a_byte_of_a_text_is_found_in_the_source)
{
    cr_expect_eq(origin("[abc]", 2), 3);
    cr_expect_eq(origin("['a''bc']", 2), 5, "a doubled quote is one");
    cr_expect_eq(origin("[\"a\\tb\\u00fcc\"]", 0), 2);
    cr_expect_eq(origin("[\"a\\tb\\u00fcc\"]", 2), 5, "b");
    cr_expect_eq(origin("[\"a\\tb\\u00fcc\"]", 5), 12, "c: the u umlaut is two bytes");
    cr_expect_eq(origin("[\"\\x41\\U00000042c\"]", 2), 16);
    cr_expect_eq(origin("[\"a\n b\"]", 2), 1, "a folded line: nobody knows, so the text itself");
    cr_expect_eq(origin("- |\n  ab\n", 1), 4, "a block: its first line");
    cr_expect_eq(origin("[abc]", 99), 4, "past the end is the end");
}

Test(document, nesting_is_bounded)
{
    char text[200] = "";
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    struct document d = read_good(text);
    document_free(&d);
    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    cr_expect_str_eq(read_wrong(text, 66),
                     "t:1:33: error: got lists and maps nested more than 32 deep, expected fewer");
}

Test(document, entries_are_bounded)
{
    size_t size = 100000;
    char *text = calloc(1, size);
    for (int i = 0; i < DOCUMENT_ENTRIES; i++)
        strcpy(text + 4 * i, "- x\n");
    struct document d = read_good(text);
    cr_expect_eq(d.root->count, DOCUMENT_ENTRIES);
    document_free(&d);
    strcat(text, "- x\n");
    cr_expect_str_eq(read_wrong(text, strlen(text)),
                     "t:10001:3: error: got more than 10000 entries, expected fewer");
    text[0] = '\0';
    for (int i = 0; i <= DOCUMENT_KEYS; i++)
        sprintf(text + strlen(text), "k%d: x\n", i);
    cr_expect_str_eq(read_wrong(text, strlen(text)),
                     "t:1001:1: error: got more than 1000 entries, expected fewer");
    free(text);
}

Test(document, what_aliases_stand_for_is_bounded)
{
    char text[600] = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; i++)
        sprintf(text + strlen(text), "- &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i - 1, i - 1, i - 1, i - 1,
                i - 1);
    const char *message = read_wrong(text, strlen(text));
    cr_expect_not_null(strstr(message, "got more than 100000 values with all aliases followed"), "%s",
                       message);
}

Test(document, the_source_must_be_text)
{
    char *large = malloc(SOURCE_MAX + 1);
    memset(large, '#', SOURCE_MAX + 1);
    struct source source = {"t", large, SOURCE_MAX};
    struct diag diag = {0};
    cr_expect(source_check(&source, &diag), "1 MiB is the most there can be");
    source.len++;
    cr_expect_not(source_check(&source, &diag));
    free(large);
    cr_expect_str_eq(read_wrong("a: \xc3", 4), "t:1:4: error: got the byte 0xc3, expected UTF-8");
    cr_expect_str_eq(read_wrong("a\n\x01", 3), "t:2:1: error: got the control character 0x01, expected text");
    cr_expect_str_eq(read_wrong("a: \"\\0\"", 7),
                     "t:1:5: error: got text with a NUL character, expected text without");
}
