/* Readers of peer: and its steps. */
#include "harness/scenario/steps.h"
#include "harness/peer/address.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/values.h"

#include <string.h>

enum { STEPS_MAX = 10000, TIMES_MAX = 100000 };

static pid_t some_pid(void *context, const char *process)
{
    (void)context, (void)process;
    return 1;
}

/* The kind of a socket must be known when the file is read; these stand for what is not. */
static const struct runtime placeholders = {
    .pid_of = some_pid,
    .ports = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    .dir = "/tmp",
    .root = "/",
};

static bool read_one(struct reader *r, const struct node *node, struct peer_step *step)
{
    const struct node *key = node, *value = node;
    if (node->kind == NODE_LIST || (node->kind == NODE_SCALAR && node->null))
        return reader_wrong(r, node, "a step: a map of one key, or a word");
    if (node->kind == NODE_MAP && node->count != 1)
        return reader_error(r, node, "got %zu keys in a step, expected one", node->count);
    if (node->kind == NODE_MAP) {
        key = node->keys[0];
        value = node->items[0];
    } else { /* a bare word is a step without a value */
        struct node *none = pool_room(r->pool, 1, sizeof *none);
        *none = *node;
        none->null = true;
        value = none;
    }
    const struct key_row *row = key_find(KEYS_STEP, key->text);
    if (row == NULL)
        return keys_unknown(r, KEYS_STEP, key);
    step->word = row->shown.name;
    step->place = reader_place(r, key);
    return row->read(r, value, step);
}

static struct peer_step *read_list(struct reader *r, const struct node *node, size_t *ret_count)
{
    if (node->kind != NODE_LIST || node->count == 0)
        return reader_wrong(r, node, "a list of steps"), NULL;
    if (node->count > STEPS_MAX)
        return reader_error(r, node->items[STEPS_MAX], "got %zu steps, expected at most %d", node->count,
                            STEPS_MAX),
               NULL;
    if (!reader_take(r, node, node->count * sizeof(struct peer_step)))
        return NULL;
    struct peer_step *steps = pool_room(r->pool, node->count, sizeof *steps);
    for (size_t i = 0; i < node->count; i++)
        if (!read_one(r, node->items[i], &steps[i]))
            return NULL;
    *ret_count = node->count;
    return steps;
}

bool read_script(struct reader *r, const struct node *node, void *to)
{
    struct scenario_process *process = to;
    struct peer_script *script = pool_room(r->pool, 1, sizeof *script);
    script->steps = read_list(r, node, &script->count);
    if (script->steps == NULL || !steps_check(r, node, script))
        return false;
    process->peer = script;
    return true;
}

/* For a step that says all there is to say by its name. */
static bool read_nothing(struct reader *r, const struct node *node, struct peer_step *step,
                         enum peer_verb verb)
{
    step->verb = verb;
    if (node->kind == NODE_SCALAR && node->null)
        return true;
    return reader_error(r, node, "got %s behind '%s', expected nothing", reader_shown(r, node), step->word);
}

bool read_step_reset(struct reader *r, const struct node *node, void *to)
{
    return read_nothing(r, node, to, PEER_RESET);
}

bool read_step_stall(struct reader *r, const struct node *node, void *to)
{
    return read_nothing(r, node, to, PEER_STALL);
}

bool read_step_ignore(struct reader *r, const struct node *node, void *to)
{
    return read_nothing(r, node, to, PEER_IGNORE);
}

/* Of the step; what a kind of socket it is stays with it. */
bool read_address(struct reader *r, const struct node *node, void *to)
{
    const char *text = reader_text(r, node, RUNTIME_ANY, "an address");
    struct diag diag = {0};
    struct peer_address address;
    if (text == NULL)
        return false;
    char *expanded = scenario_expand(text, &placeholders, &diag);
    bool good = expanded != NULL && peer_address_parse(expanded, &address);
    if (expanded != NULL)
        pool_adopt(r->pool, expanded);
    if (!good)
        return value_wrong(r, node, text, "an address: " PEER_ADDRESS_FORMS);
    struct peer_step *step = to;
    step->address = (char *)text;
    step->type = address.type;
    step->local = address.to.any.sa_family == AF_UNIX;
    return true;
}

bool read_step_listen(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->verb = PEER_LISTEN;
    return read_address(r, node, step);
}

bool read_step_connect(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->verb = PEER_CONNECT;
    return node->kind == NODE_MAP ? keys_read(r, KEYS_CONNECT, node, step) : read_address(r, node, step);
}

bool read_connection(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "the name of a connection: letters, digits, '_', '-' and '.', a letter first";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    if (strspn(text, letters) == 0 || text[strspn(text, "0123456789-.abcdefghijklmnopqrstuvwxyz"
                                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] != '\0')
        return value_wrong(r, node, text, what);
    *(char **)to = (char *)text;
    return true;
}

bool read_step_accept(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->verb = PEER_ACCEPT;
    if (node->kind == NODE_MAP)
        return keys_read(r, KEYS_ACCEPT, node, step);
    return (node->kind == NODE_SCALAR && node->null) || read_connection(r, node, &step->name);
}

bool read_step_use(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->verb = PEER_USE;
    return read_connection(r, node, &step->name);
}

bool read_step_pause(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->verb = PEER_PAUSE;
    return read_time_limit(r, node, &step->pause_ns);
}

bool read_step_shutdown(struct reader *r, const struct node *node, void *to)
{
    static const char *const words[] = {[SHUT_RD] = "read", [SHUT_WR] = "write", [SHUT_RDWR] = "both"};
    static const char what[] = "read, write or both";
    struct peer_step *step = to;
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    step->verb = PEER_SHUTDOWN;
    for (int how = SHUT_RD; text != NULL && how <= SHUT_RDWR; how++)
        if (strcmp(text, words[how]) == 0) {
            step->how = how;
            return true;
        }
    return text != NULL && value_wrong(r, node, text, what);
}

bool read_step_close(struct reader *r, const struct node *node, void *to)
{
    static const char what[] = "listener, or nothing for the connection";
    struct peer_step *step = to;
    step->verb = PEER_CLOSE;
    if (node->kind == NODE_SCALAR && node->null)
        return true;
    const char *text = reader_text(r, node, RUNTIME_NONE, what);
    if (text == NULL)
        return false;
    step->of_listener = strcmp(text, "listener") == 0;
    return step->of_listener || value_wrong(r, node, text, what);
}

bool read_step_repeat(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->verb = PEER_REPEAT;
    return keys_read(r, KEYS_REPEAT, node, step);
}

bool read_times(struct reader *r, const struct node *node, void *to)
{
    return value_number(r, node, 1, TIMES_MAX, "a number from 1 to 100000", to);
}

bool read_steps(struct reader *r, const struct node *node, void *to)
{
    struct peer_step *step = to;
    step->steps = read_list(r, node, &step->step_count);
    return step->steps != NULL;
}
