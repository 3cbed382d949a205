/* Readers of texts, lists of texts and regular expressions. */
#include "harness/scenario/keys.h"
#include "harness/scenario/values.h"

#include <string.h>

char **value_texts(struct reader *r, const struct node *node, enum runtime_names names, const char *what,
                   size_t *ret_count)
{
    size_t count;
    struct node *self = (struct node *)node;
    struct node *const *items = reader_items(r, &self, &count, what);
    if (items == NULL)
        return NULL;
    char **texts = pool_room(r->pool, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = (char *)reader_text(r, items[i], names, what);
        if (texts[i] == NULL)
            return NULL;
    }
    *ret_count = count;
    return texts;
}

bool read_ready_regex(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    const char *text = reader_text(r, node, RUNTIME_NONE, "a regular expression");
    if (text == NULL || !value_regex(r, node, text, &process->ready_regex))
        return false;
    process->ready_text = (char *)text;
    return true;
}

/* Adds what must all hold; read_texts has made room. */
static bool add_texts(struct reader *r, const struct node *node, enum text_test test,
                      struct text_expectations *to)
{
    static const char what[] = "a string or a list of strings";
    size_t count;
    struct node *self = (struct node *)node;
    struct node *const *items = reader_items(r, &self, &count, what);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct text_expectation *text = &to->items[to->count];
        text->test = test;
        text->place = reader_place(r, items[i]);
        text->text =
            (char *)reader_text(r, items[i], test == TEXT_MATCHES ? RUNTIME_NONE : RUNTIME_ANY, what);
        if (text->text == NULL ||
            (test == TEXT_MATCHES && !value_regex(r, items[i], text->text, &text->regex)))
            return false;
        to->count++;
    }
    return true;
}

bool read_equals(struct reader *r, const struct node *node, void *to)
{
    return add_texts(r, node, TEXT_EQUALS, to);
}

bool read_contains(struct reader *r, const struct node *node, void *to)
{
    return add_texts(r, node, TEXT_CONTAINS, to);
}

bool read_matches(struct reader *r, const struct node *node, void *to)
{
    return add_texts(r, node, TEXT_MATCHES, to);
}

bool read_texts(struct reader *r, const struct node *node, void *to)
{
    struct text_expectations *texts = to;
    size_t room = 1;
    if (node->kind == NODE_LIST)
        return reader_wrong(r, node, "a string, or a map of equals, contains and matches");
    for (size_t i = 0; i < node->count; i++)
        room += node->items[i]->kind == NODE_LIST ? node->items[i]->count : 1;
    texts->items = pool_room(r->pool, room, sizeof *texts->items);
    if (node->kind == NODE_SCALAR)
        return add_texts(r, node, TEXT_EQUALS, texts);
    if (!keys_read(r, KEYS_TEXT, node, texts))
        return false;
    return texts->count > 0 ? true
                            : reader_error(r, node, "got no text, expected equals, contains or matches");
}

static bool is_word(const char *text)
{
    return *text != '\0' && text[strcspn(text, " \t\n,")] == '\0';
}

bool read_words(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "a word, without blanks and commas";
    struct experiment *experiment = to;
    if (node->kind != NODE_LIST)
        return reader_wrong(r, node, "a list of words");
    experiment->tags = value_texts(r, node, RUNTIME_NONE, what, &experiment->tag_count);
    if (experiment->tags == NULL)
        return false;
    for (size_t i = 0; i < experiment->tag_count; i++)
        if (!is_word(experiment->tags[i]))
            return value_wrong(r, node->items[i], experiment->tags[i], what);
    return true;
}

bool read_programs(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    if (node->kind != NODE_LIST)
        return reader_wrong(r, node, "a list of programs");
    experiment->needs = value_texts(r, node, RUNTIME_NONE, "a program", &experiment->need_count);
    for (size_t i = 0; experiment->needs != NULL && i < experiment->need_count; i++)
        if (*experiment->needs[i] == '\0')
            return value_wrong(r, node->items[i], "", "a program");
    return experiment->needs != NULL;
}
