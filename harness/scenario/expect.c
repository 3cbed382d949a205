/* Readers of expect:. */
#include "harness/scenario/choice.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/values.h"

#include <string.h>

enum { EXITS_MAX = sizeof((struct expectations *)NULL)->exits / sizeof(int) };

bool read_expect(struct reader *r, const struct node *node, void *to)
{
    struct experiment *experiment = to;
    if (node->kind != NODE_MAP)
        return reader_wrong(r, node, "a map of processes to what is expected of them");
    for (size_t i = 0; i < node->count; i++) {
        r->process = reader_process(r, node->keys[i]);
        if (r->process < 0)
            return false;
        struct expectations *expect = &experiment->processes[r->process].expect;
        expect->present = true;
        expect->place = reader_place(r, node->keys[i]);
        if (!keys_read(r, KEYS_EXPECT, node->items[i], expect))
            return false;
    }
    r->process = -1;
    return true;
}

bool read_status(struct reader *r, const struct node *node, void *to)
{
    uint64_t status;
    if (!value_number(r, node, 0, 255, "an exit status from 0 to 255", &status))
        return false;
    *(int *)to = (int)status;
    return true;
}

bool read_exits(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "an exit status, a list of them or nonzero";
    struct expectations *expect = to;
    size_t count;
    struct node *self = (struct node *)node;
    struct node *const *items = reader_items(r, &self, &count, what);
    if (items == NULL)
        return false;
    expect->has_exit = true;
    if (node->kind == NODE_SCALAR) {
        const char *text = reader_text(r, node, RUNTIME_NONE, what);
        if (text == NULL)
            return false;
        if (strcmp(text, "nonzero") == 0)
            return expect->exit_nonzero = true;
    }
    if (count < 1 || count > EXITS_MAX)
        return reader_error(r, node, "got %zu exit statuses, expected 1 to %d", count, EXITS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!read_status(r, items[i], &expect->exits[expect->exit_count++]))
            return false;
    return true;
}

bool read_client(struct reader *r, const struct node *node, void *to)
{
    struct expectations *expect = to;
    int client = reader_process(r, node);
    if (client < 0)
        return false;
    if (client == r->process)
        return reader_error(r, node, "got the process itself, expected one that it serves");
    expect->serves.process = client;
    return true;
}

bool read_serves(struct reader *r, const struct node *node, void *to)
{
    return node->kind == NODE_MAP ? keys_read(r, KEYS_SERVES, node, to) : read_client(r, node, to);
}

bool read_elapsed(struct reader *r, const struct node *node, void *to)
{
    struct expectations *expect = to;
    expect->has_elapsed = true;
    if (!keys_read(r, KEYS_ELAPSED, node, expect))
        return false;
    if (node->count == 0)
        return reader_error(r, node, "got neither min nor max, expected one of them or both");
    if (expect->elapsed_min_ns > expect->elapsed_max_ns)
        return reader_error(r, node, "got a min above max, expected the shorter duration as min");
    return true;
}

static enum call_id find_call(const char *word)
{
    return call_find(word, strlen(word));
}

/* The nearest name of a call or family, as a hint. */
static bool unknown_call(struct reader *r, const struct node *node, const char *word, bool families)
{
    struct choice choice;
    char hint[80];
    choice_begin(&choice, word);
    for (int id = 0; id < CALL_COUNT; id++)
        choice_add(&choice, call_info((enum call_id)id)->name);
    for (int family = 0; families && family < FAMILY_COUNT; family++)
        choice_add(&choice, family_name((enum call_family)family));
    return reader_error(r, node, "got %s, expected a call%s (sockfault list calls)%s", reader_quoted(r, word),
                        families ? " or a family" : "", choice_hint(&choice, hint, sizeof hint));
}

bool read_call_counts(struct reader *r, const struct node *node, void *to)
{
    struct expectations *expect = to;
    if (node->kind != NODE_MAP)
        return reader_wrong(r, node, "a map of calls or families to counts");
    expect->calls = pool_room(r->pool, node->count, sizeof *expect->calls);
    for (size_t i = 0; i < node->count; i++) {
        const struct node *key = node->keys[i];
        struct call_expectation *call = &expect->calls[expect->call_count++];
        int family = family_find(key->text, key->len);
        enum call_id id = find_call(key->text);
        call->word = pool_copy(r->pool, key->text, key->len);
        call->place = reader_place(r, key);
        if (family < 0 && id == CALL_NONE)
            return unknown_call(r, key, key->text, true);
        if (family >= 0)
            call_set_add_family(&call->calls, (enum call_family)family);
        else
            call_set_add(&call->calls, id);
        if (!read_range(r, node->items[i], &call->times))
            return false;
    }
    return true;
}

bool read_order(struct reader *r, const struct node *node, void *to)
{
    struct expectations *expect = to;
    if (node->kind != NODE_LIST || node->count == 0)
        return reader_wrong(r, node, "a list of calls");
    expect->order = pool_room(r->pool, node->count, sizeof *expect->order);
    for (size_t i = 0; i < node->count; i++) {
        const char *word = reader_text(r, node->items[i], RUNTIME_NONE, "a call");
        if (word == NULL)
            return false;
        enum call_id id = find_call(word);
        if (id == CALL_NONE)
            return unknown_call(r, node->items[i], word, false);
        expect->order[expect->order_count++] = id;
    }
    return true;
}

bool read_bytes(struct reader *r, const struct node *node, void *to)
{
    if (!keys_read(r, KEYS_BYTES, node, to))
        return false;
    return node->count > 0
               ? true
               : reader_error(r, node, "got neither received nor sent, expected one of them or both");
}

bool read_received(struct reader *r, const struct node *node, void *to)
{
    struct expectations *expect = to;
    return expect->has_received = read_range(r, node, &expect->received);
}

bool read_sent(struct reader *r, const struct node *node, void *to)
{
    struct expectations *expect = to;
    return expect->has_sent = read_range(r, node, &expect->sent);
}
