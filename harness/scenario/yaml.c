#include "harness/scenario/yaml.h"

#include <libfyaml.h>
#include <string.h>

/* A list or a map that has not ended: its children so far (a map's keys and values in turn). */
struct open_node {
    struct node *node;
    struct node *first, **last;
    size_t children;
};

struct anchor {
    struct anchor *older;
    const char *name;
    struct node *node;
    bool complete; /* not while the node itself is being read: an alias in there would have no end */
};

struct builder {
    struct document *document;
    struct diag *diag;
    struct open_node open[DOCUMENT_DEPTH];
    size_t depth;
    struct anchor *anchors;
    size_t skip;
    size_t end;      /* of the last event that has a place: where a missing value is missing */
    size_t lines_to; /* up to here newlines are counted */
    int line;
    size_t line_start;
};

static bool fail(struct builder *b, size_t offset, const char *message)
{
    return source_error(&b->document->source, b->diag, offset, "%s", message);
}

/* Events come in order of place, nearly: so lines are counted as they come. */
static void place(struct builder *b, struct node *node, size_t offset)
{
    const char *text = b->document->source.text;
    if (offset < b->line_start)
        b->line = 1, b->line_start = 0, b->lines_to = 0;
    for (; b->lines_to < offset; b->lines_to++)
        if (text[b->lines_to] == '\n') {
            b->line++;
            b->line_start = b->lines_to + 1;
        }
    node->offset = offset;
    node->line = b->line;
    node->column = (int)(offset - b->line_start) + 1;
}

static struct node *new_node(struct builder *b, enum node_kind kind, size_t offset)
{
    struct node *node = pool_room(&b->document->pool, 1, sizeof *node);
    node->kind = kind;
    node->weight = 1;
    place(b, node, offset);
    return node;
}

static bool is_null(const struct node *scalar)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; scalar->quote == QUOTE_NONE && i < sizeof words / sizeof *words; i++)
        if (strcmp(scalar->text, words[i]) == 0)
            return true;
    return false;
}

static enum node_quote quote_of(struct fy_token *token)
{
    switch (fy_token_scalar_style(token)) {
    case FYSS_SINGLE_QUOTED:
        return QUOTE_SINGLE;
    case FYSS_DOUBLE_QUOTED:
        return QUOTE_DOUBLE;
    case FYSS_LITERAL:
    case FYSS_FOLDED:
        return QUOTE_BLOCK;
    default:
        return QUOTE_NONE;
    }
}

static struct node *read_scalar(struct builder *b, struct fy_event *event, size_t offset)
{
    struct fy_token *token = event->scalar.value;
    size_t len = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &len) : "";
    enum node_quote quote = token != NULL ? quote_of(token) : QUOTE_NONE;
    if (text == NULL)
        return fail(b, offset, "got a value that cannot be read, expected text"), NULL;
    if (memchr(text, '\0', len) != NULL)
        return fail(b, offset, "got text with a NUL character, expected text without"), NULL;
    if (quote == QUOTE_SINGLE || quote == QUOTE_DOUBLE)
        offset--; /* libfyaml's mark is behind the quote */
    struct node *node = new_node(b, NODE_SCALAR, offset);
    node->quote = quote;
    node->text = pool_copy(&b->document->pool, text, len);
    node->len = len;
    node->null = is_null(node);
    return node;
}

static struct node *follow_alias(struct builder *b, struct fy_event *event, size_t offset)
{
    size_t len = 0;
    const char *name = fy_token_get_text(event->alias.anchor, &len);
    for (struct anchor *anchor = b->anchors; name != NULL && anchor != NULL; anchor = anchor->older) {
        if (strlen(anchor->name) != len || memcmp(anchor->name, name, len) != 0)
            continue;
        if (!anchor->complete)
            return fail(b, offset,
                        "got an alias within what it stands for, expected one of something before"),
                   NULL;
        struct node *copy = pool_room(&b->document->pool, 1, sizeof *copy);
        *copy = *anchor->node;
        copy->next = NULL;
        return copy;
    }
    return fail(b, offset, "got an alias of nothing, expected an anchor (&NAME) before it"), NULL;
}

static struct anchor *remember(struct builder *b, struct fy_event *event, struct node *node)
{
    size_t len = 0;
    struct fy_token *token = fy_event_get_anchor_token(event);
    const char *name = token != NULL ? fy_token_get_text(token, &len) : NULL;
    if (name == NULL)
        return NULL;
    struct anchor *anchor = pool_room(&b->document->pool, 1, sizeof *anchor);
    *anchor = (struct anchor){b->anchors, pool_copy(&b->document->pool, name, len), node,
                              node->kind == NODE_SCALAR};
    b->anchors = anchor;
    return anchor;
}

static bool check_key(struct builder *b, const struct open_node *map, const struct node *key)
{
    if (key->kind != NODE_SCALAR || key->null)
        return fail(b, key->offset, "got a key that is not a name, expected a name");
    bool is_key = true;
    for (const struct node *other = map->first; other != NULL; other = other->next, is_key = !is_key)
        if (is_key && strcmp(other->text, key->text) == 0)
            return source_error(&b->document->source, b->diag, key->offset,
                                "got the key '%.60s' twice, expected it once (the first is in line %d)",
                                key->text, other->line);
    return true;
}

/* Puts a node that is there in full, or will be, where it belongs. */
static bool add(struct builder *b, struct node *node)
{
    if (b->depth == 0) {
        b->document->root = node;
        return true;
    }
    struct open_node *parent = &b->open[b->depth - 1];
    bool is_map = parent->node->kind == NODE_MAP;
    if (is_map && parent->children % 2 == 0 && !check_key(b, parent, node))
        return false;
    if (parent->children >= (is_map ? 2 * DOCUMENT_KEYS : DOCUMENT_ENTRIES))
        return source_error(&b->document->source, b->diag, node->offset,
                            "got more than %d entries, expected fewer",
                            is_map ? DOCUMENT_KEYS : DOCUMENT_ENTRIES);
    *parent->last = node;
    parent->last = &node->next;
    parent->children++;
    return true;
}

static bool weigh(struct builder *b, struct node *parent, const struct node *child)
{
    parent->weight += child->weight;
    if (parent->weight > DOCUMENT_NODES)
        return fail(b, child->offset,
                    "got more than 100000 values with all aliases followed, expected fewer");
    return true;
}

static bool begin(struct builder *b, struct fy_event *event, enum node_kind kind, size_t offset)
{
    struct node *node = new_node(b, kind, offset);
    if (b->depth == DOCUMENT_DEPTH)
        return fail(b, offset, "got lists and maps nested more than 32 deep, expected fewer");
    remember(b, event, node);
    if (!add(b, node))
        return false;
    struct open_node *open = &b->open[b->depth++];
    *open = (struct open_node){.node = node};
    open->last = &open->first;
    return true;
}

/* A list or map has ended: its children become arrays. */
static bool finish(struct builder *b)
{
    struct open_node *open = &b->open[--b->depth];
    struct node *node = open->node, *child = open->first;
    bool is_map = node->kind == NODE_MAP;
    node->count = is_map ? open->children / 2 : open->children;
    node->items = pool_room(&b->document->pool, node->count, sizeof *node->items);
    node->keys = is_map ? pool_room(&b->document->pool, node->count, sizeof *node->keys) : NULL;
    for (size_t i = 0; i < node->count; i++) {
        if (is_map) {
            node->keys[i] = child;
            if (!weigh(b, node, child))
                return false;
            child = child->next;
        }
        node->items[i] = child;
        if (!weigh(b, node, child))
            return false;
        child = child->next;
    }
    for (struct anchor *anchor = b->anchors; anchor != NULL; anchor = anchor->older)
        if (anchor->node == node)
            anchor->complete = true;
    return true;
}

static bool add_leaf(struct builder *b, struct fy_event *event, struct node *node)
{
    if (node == NULL || !add(b, node))
        return false;
    if (event->type == FYET_SCALAR)
        remember(b, event, node);
    return true;
}

static bool refuse_tag(struct builder *b, struct fy_event *event)
{
    struct fy_token *tag = event->type == FYET_ALIAS ? NULL : fy_event_get_tag_token(event);
    const struct fy_mark *mark = tag != NULL ? fy_token_start_mark(tag) : NULL;
    if (tag == NULL)
        return true;
    return fail(b, b->skip + (mark != NULL ? mark->input_pos : 0),
                "got a YAML tag (!...), expected a plain value");
}

static bool take_event(struct builder *b, struct fy_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(event), *end = fy_event_end_mark(event);
    size_t offset = start != NULL ? b->skip + start->input_pos : b->end;
    if (end != NULL)
        b->end = b->skip + end->input_pos;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (b->document->root != NULL)
            return fail(b, offset, "got a second document, expected one scenario a file");
        return true;
    case FYET_SCALAR:
        return refuse_tag(b, event) && add_leaf(b, event, read_scalar(b, event, offset));
    case FYET_ALIAS:
        return add_leaf(b, event, follow_alias(b, event, offset - 1));
    case FYET_SEQUENCE_START:
        return refuse_tag(b, event) && begin(b, event, NODE_LIST, offset);
    case FYET_MAPPING_START:
        return refuse_tag(b, event) && begin(b, event, NODE_MAP, offset);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        return finish(b);
    default:
        return true;
    }
}

/* Where a line begins; libfyaml counts lines as \n, \r\n and \r alone. */
static size_t line_offset(const struct source *source, int line)
{
    size_t at = 0;
    for (; line > 1 && at < source->len; at++) {
        bool pair = source->text[at] == '\r' && at + 1 < source->len && source->text[at + 1] == '\n';
        line -= !pair && (source->text[at] == '\n' || source->text[at] == '\r');
    }
    return at;
}

/* Tabs are what goes wrong most, and the parser complains of something else then: look for one in the
 * indentation. */
static bool find_tab(const struct source *source, size_t around, size_t *ret)
{
    size_t line = around;
    while (line > 0 && source->text[line - 1] != '\n')
        line--;
    for (int lines = 0; lines < 2 && line < source->len; lines++) {
        size_t tab = line + strspn(source->text + line, " ");
        if (source->text[tab] == '\t') {
            *ret = tab;
            return true;
        }
        const char *end = memchr(source->text + line, '\n', source->len - line);
        line = end != NULL ? (size_t)(end - source->text) + 1 : source->len;
    }
    return false;
}

/* The first error libfyaml has kept, at its place (lines and columns from 1, columns in characters). */
static bool yaml_error(struct builder *b, struct fy_diag *yaml_diag)
{
    const struct source *source = &b->document->source;
    void *next = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(yaml_diag, &next);
    if (error == NULL)
        return fail(b, b->end, "got invalid YAML, expected a scenario");
    size_t at = line_offset(source, error->line), tab;
    at += error->line <= 1 ? b->skip : 0;
    for (int column = 1; column < error->column && at < source->len && source->text[at] != '\n'; column++)
        do
            at++;
        while (at < source->len && ((unsigned char)source->text[at] & 0xc0) == 0x80);
    if (find_tab(source, at, &tab))
        return fail(b, tab, "got a tab, expected spaces: YAML does not indent with tabs");
    return source_error(source, b->diag, at, "got invalid YAML (%.200s), expected a scenario", error->msg);
}

static bool take_events(struct builder *b, struct fy_parser *parser, struct fy_diag *yaml_diag)
{
    for (bool over = false; !over;) {
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL)
            return yaml_error(b, yaml_diag);
        over = event->type == FYET_STREAM_END;
        bool taken = take_event(b, event);
        fy_parser_event_free(parser, event);
        if (!taken)
            return false;
    }
    if (b->document->root == NULL)
        return fail(b, 0, "got an empty file, expected a scenario");
    return true;
}

bool yaml_read(struct document *document, size_t skip, struct diag *diag)
{
    struct builder b = {.document = document, .diag = diag, .skip = skip, .line = 1};
    struct fy_diag_cfg diag_config;
    struct fy_parser *parser = NULL;
    bool ok = false;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    struct fy_diag *yaml_diag = fy_diag_create(&diag_config);
    if (yaml_diag == NULL)
        goto out;
    fy_diag_set_collect_errors(yaml_diag, true);
    parser = fy_parser_create(&(struct fy_parse_cfg){.flags = FYPCF_QUIET, .diag = yaml_diag});
    if (parser == NULL ||
        fy_parser_set_string(parser, document->source.text + skip, document->source.len - skip) != 0)
        goto out;
    ok = take_events(&b, parser, yaml_diag);
out:
    if (!ok)
        diag_set(diag, STATUS_TROUBLE,
                 "libfyaml could not be started"); /* unless it says what is wrong already */
    fy_parser_destroy(parser);
    fy_diag_destroy(yaml_diag);
    return ok;
}
