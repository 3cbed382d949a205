#include "harness/scenario/keys.h"
#include "harness/scenario/choice.h"
#include "shim/model/expr.h"

#include <string.h>

/* By names that the rows of keys can use: the struct each kind of map is read into, its word, a type's
 * schema. */
#define MAP(where, word, tag, what, place)                                                                   \
    typedef struct tag target_##where;                                                                       \
    static const char word_##where[] = word;
#define TYPE(name, schema) static const char schema_##name[] = schema;
#include "harness/scenario/keys.def"
#undef MAP
#undef TYPE

static const struct {
    const char *word, *text, *place;
} maps[KEYS_COUNT] = {
#define MAP(where, word, tag, what, place) [KEYS_##where] = {word, what, place},
#include "harness/scenario/keys.def"
#undef MAP
};

static const struct key_row rows[] = {
#define KEY(where, name, type, field, value, fallback, help)                                                 \
    {KEYS_##where,                                                                                           \
     {word_##where, name, value, fallback, help},                                                            \
     offsetof(target_##where, field),                                                                        \
     read_##type,                                                                                            \
     schema_##type},
#define WHOLE(where, name, type, value, fallback, help)                                                      \
    {KEYS_##where, {word_##where, name, value, fallback, help}, 0, read_##type, schema_##type},
#include "harness/scenario/keys.def"
#undef KEY
#undef WHOLE
};

const struct key_row *key_row_at(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

const struct scenario_key *scenario_key_at(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i].shown : NULL;
}

const struct key_row *key_find(enum key_where where, const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].where == where && strcmp(rows[i].shown.name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *key_where_word(enum key_where where)
{
    return maps[where].word;
}

const char *key_where_text(enum key_where where)
{
    return maps[where].text;
}

const char *key_where_place(enum key_where where)
{
    return maps[where].place;
}

bool keys_unknown(struct reader *r, enum key_where where, const struct node *key)
{
    struct choice choice;
    choice_begin(&choice, key->text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].where == where)
            choice_add(&choice, rows[i].shown.name);
    for (size_t i = 0; where == KEYS_FAULT && expr_key_at(i) != NULL; i++)
        choice_add(&choice, expr_key_at(i)->name);
    return reader_error(r, key, "got the key %s in %s, expected %s", reader_quoted(r, key->text),
                        maps[where].text, choice_text(&choice));
}

bool keys_check(struct reader *r, enum key_where where, const struct node *map)
{
    if (map->kind != NODE_MAP)
        return reader_wrong(r, map, "a map");
    for (size_t i = 0; i < map->count; i++)
        if (key_find(where, map->keys[i]->text) == NULL)
            return keys_unknown(r, where, map->keys[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct scenario_key *key = &rows[i].shown;
        if (rows[i].where == where && strcmp(key->fallback, "required") == 0 &&
            node_get(map, key->name) == NULL)
            return reader_error(r, map, "got no key '%s' in %s, expected '%s: %s'", key->name,
                                maps[where].text, key->name, key->value);
    }
    return true;
}

bool keys_read(struct reader *r, enum key_where where, const struct node *map, void *to)
{
    if (!keys_check(r, where, map))
        return false;
    for (size_t i = 0; i < map->count; i++) {
        const struct key_row *row = key_find(where, map->keys[i]->text);
        if (!row->read(r, map->items[i], (char *)to + row->offset))
            return false;
    }
    return true;
}
