/* Whether the steps of a script fit together: it is gone through as a run would, with kinds for sockets. */
#include "harness/peer/address.h"
#include "harness/scenario/choice.h"
#include "harness/scenario/steps.h"

#include <string.h>

enum { NAMES_MAX = 256 };

/* A connection, or a bound datagram socket. */
struct line {
    const char *name; /* or NULL */
    int type;
    bool local; /* AF_UNIX */
    bool open;
};

struct walk {
    struct reader *r;
    struct peer_script *script;
    bool listening; /* a socket with connections to accept */
    bool bound;     /* the last `listen` was a datagram socket's */
    struct line listener;
    struct line current; /* not open: there is none */
    struct line named[NAMES_MAX];
    size_t named_count;
    unsigned int depth;
};

static struct line *find_name(struct walk *w, const char *name)
{
    for (size_t i = 0; i < w->named_count; i++)
        if (strcmp(w->named[i].name, name) == 0)
            return &w->named[i];
    return NULL;
}

/* What a step has made is what those behind it are about. */
static bool add(struct walk *w, const struct node *node, const struct peer_step *step, int type, bool local)
{
    struct line *line = step->name != NULL ? find_name(w, step->name) : NULL;
    w->current = (struct line){step->name, type, local, true};
    if (step->name != NULL && line == NULL) {
        if (w->named_count == NAMES_MAX)
            return reader_error(w->r, node, "got more than %d names of connections, expected fewer",
                                NAMES_MAX);
        line = &w->named[w->named_count++];
    }
    if (line != NULL)
        *line = w->current;
    return true;
}

static bool check_listen(struct walk *w, const struct node *node, const struct peer_step *step)
{
    if (w->listening)
        return reader_error(w->r, node, "got a second 'listen', expected 'close: listener' before it");
    w->script->listens = true;
    w->bound = step->type == SOCK_DGRAM;
    if (w->bound)
        return add(w, node, step, step->type, step->local);
    w->listening = true;
    w->listener = (struct line){NULL, step->type, step->local, true};
    return true;
}

static bool check_listening(const struct walk *w, const struct node *node, const char *word)
{
    if (w->listening)
        return true;
    if (w->bound)
        return reader_error(w->r, node, "got '%s' for datagrams, which have no connections; expected none",
                            word);
    return reader_error(w->r, node, "got '%s' where nothing listens, expected 'listen' before it", word);
}

static bool check_accept(struct walk *w, const struct node *node, const struct peer_step *step)
{
    return check_listening(w, node, step->word) && add(w, node, step, w->listener.type, w->listener.local);
}

static bool check_connect(struct walk *w, const struct node *node, const struct peer_step *step)
{
    return add(w, node, step, step->type, step->local);
}

static bool check_use(struct walk *w, const struct node *node, const struct peer_step *step)
{
    const struct line *line = find_name(w, step->name);
    struct choice choice;
    if (line != NULL && line->open) {
        w->current = *line;
        return true;
    }
    if (line != NULL)
        return reader_error(
            w->r, node, "got the connection '%s', which is closed by then; expected an open one", step->name);
    choice_begin(&choice, step->name);
    for (size_t i = 0; i < w->named_count; i++)
        choice_add(&choice, w->named[i].name);
    return reader_error(w->r, node, "got the connection %s, expected %s", reader_quoted(w->r, step->name),
                        w->named_count > 0 ? choice_text(&choice) : "a name that 'accept' or 'connect' gave");
}

/* Whether it is known to be of no bytes at all. */
static bool is_empty(const struct peer_step *step)
{
    for (size_t i = 0; i < step->part_count; i++)
        if (step->parts[i].kind != PART_TEXT || *step->parts[i].text != '\0')
            return false;
    return true;
}

static bool check_data(const struct walk *w, const struct node *node, const struct peer_step *step)
{
    return w->current.type != SOCK_STREAM || !is_empty(step) ||
           reader_error(w->r, node, "got no bytes, expected some: a stream has no empty messages");
}

static bool check_expect(struct walk *w, const struct node *node, const struct peer_step *step)
{
    if (step->want == WANT_DATA)
        return check_data(w, node, step);
    if (w->current.type == SOCK_DGRAM && (step->want == WANT_EOF || step->want == WANT_RESET))
        return reader_error(w->r, node, "got '%s' for datagrams, which have none; expected data",
                            step->want == WANT_EOF ? "eof" : "reset");
    return true;
}

static bool check_send(struct walk *w, const struct node *node, const struct peer_step *step)
{
    if (step->bytes > 0 && peer_type_keeps_messages(w->current.type))
        return reader_error(w->r, node,
                            "got pieces of a message, expected a stream: a message is sent whole");
    return check_data(w, node, step);
}

static bool check_shutdown(struct walk *w, const struct node *node, const struct peer_step *step)
{
    return w->current.type != SOCK_DGRAM ||
           reader_error(w->r, node, "got '%s' for datagrams, which have no halves; expected none",
                        step->word);
}

/* The connection of that name is no longer there for `use` either. */
static void shut(struct walk *w)
{
    struct line *line = w->current.name != NULL ? find_name(w, w->current.name) : NULL;
    if (line != NULL)
        line->open = false;
    w->current.open = false;
}

static bool check_reset(struct walk *w, const struct node *node, const struct peer_step *step)
{
    if (w->current.type != SOCK_STREAM || w->current.local)
        return reader_error(w->r, node, "got '%s' for what is no TCP connection, expected 'close'",
                            step->word);
    shut(w);
    return true;
}

static bool check_close(struct walk *w, const struct node *node, const struct peer_step *step)
{
    if (!step->of_listener)
        shut(w);
    else if (!check_listening(w, node, "close: listener"))
        return false;
    else
        w->listening = false;
    return true;
}

static bool check_ignore(struct walk *w, const struct node *node, const struct peer_step *step)
{
    return check_listening(w, node, step->word);
}

static bool check_steps(struct walk *w, const struct node *list, struct peer_step *steps, size_t count);

/* Twice where it runs more than once: it has to fit behind itself. */
static bool check_repeat(struct walk *w, const struct node *node, const struct peer_step *step)
{
    const struct node *list = node_get(node->items[0], "steps");
    if (w->depth == STEPS_DEPTH)
        return reader_error(w->r, node, "got a repeat within %d others, expected fewer", STEPS_DEPTH);
    w->depth++;
    bool ok = check_steps(w, list, step->steps, step->step_count) &&
              (step->times == 1 || check_steps(w, list, step->steps, step->step_count));
    w->depth--;
    return ok;
}

/* The checks of each step, and whether it is about a connection. */
static const struct {
    bool (*check)(struct walk *w, const struct node *node, const struct peer_step *step);
    bool of_connection;
} checks[PEER_VERBS] = {
    [PEER_LISTEN] = {check_listen, false},    [PEER_ACCEPT] = {check_accept, false},
    [PEER_CONNECT] = {check_connect, false},  [PEER_USE] = {check_use, false},
    [PEER_EXPECT] = {check_expect, true},     [PEER_SEND] = {check_send, true},
    [PEER_SHUTDOWN] = {check_shutdown, true}, [PEER_RESET] = {check_reset, true},
    [PEER_CLOSE] = {check_close, true},       [PEER_IGNORE] = {check_ignore, false},
    [PEER_REPEAT] = {check_repeat, false},
};

static bool check_step(struct walk *w, const struct node *node, struct peer_step *step)
{
    if (checks[step->verb].of_connection && !step->of_listener && !w->current.open)
        return reader_error(w->r, node, "got '%s' where there is no connection, expected %s before it",
                            step->word,
                            w->named_count > 0 ? "'accept', 'connect' or 'use'" : "'accept' or 'connect'");
    if (peer_verb_rests(step->verb) && w->depth > 0)
        return reader_error(w->r, node, "got '%s' within a repeat, expected it as the last step of all",
                            step->word);
    return checks[step->verb].check == NULL || checks[step->verb].check(w, node, step);
}

static bool check_steps(struct walk *w, const struct node *list, struct peer_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && peer_verb_rests(steps[i - 1].verb))
            return reader_error(w->r, list->items[i],
                                "got a step behind '%s', which has no end; expected none", steps[i - 1].word);
        if (!check_step(w, list->items[i], &steps[i]))
            return false;
    }
    return true;
}

static void number_steps(struct peer_script *script, struct peer_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        steps[i].number = ++script->total;
        number_steps(script, steps[i].steps, steps[i].step_count);
    }
}

bool steps_check(struct reader *r, const struct node *list, struct peer_script *script)
{
    struct walk walk = {.r = r, .script = script};
    number_steps(script, script->steps, script->count);
    script->rests = peer_verb_rests(script->steps[script->count - 1].verb);
    return check_steps(&walk, list, script->steps, script->count);
}
