#include "reference/options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DOMAINS   "inet|inet6|unix|abstract"
#define TYPES     "stream|dgram|seqpacket"
#define PROTOCOLS "frame|line"
#define MODELS    "iterative|fork|thread|poll|epoll|epoll-et"

static const struct argp_option common_options[] = {
    {"domain", 'd', DOMAINS, 0, "Kind of address (default inet)", 0},
    {"type", 't', TYPES, 0, "Kind of socket (default stream)", 0},
    {"address", 'a', "HOST", 0, "inet, inet6: host (default 127.0.0.1 or ::1)", 0},
    {"port", 'p', "N", 0, "inet, inet6: port (server: default 0, any free one)", 0},
    {"path", 'P', "NAME", 0, "unix, abstract: name (default ./socket or sockfault-reference)", 0},
    {"protocol", 'r', PROTOCOLS, 0, "Where a message ends (default frame; dgram: always frame)", 0},
    {"timeout", 'T', "SECONDS", 0, "For the connect and for each exchange (default 5)", 0},
    {0},
};
static const struct argp_option server_options[] = {
    {"model", 'm', MODELS, 0, "How to serve several at once (default iterative)", 0}, {0}};
static const struct argp_option client_options[] = {
    {"repeat", 'n', "N", 0, "Send the messages N times (default 1)", 0}, {0}};

static bool begins_with_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    return strcspn(words, "|") == length && strncmp(words, word, length) == 0;
}

/* The place of WORD in WORDS, which are separated by '|': the very text that --help shows. */
static int choose(struct argp_state *state, const char *words, const char *word)
{
    const char *at = words, *next;
    int place = 0;

    for (; !begins_with_word(at, word) && (next = strchr(at, '|')) != NULL; at = next + 1)
        place++;
    if (!begins_with_word(at, word))
        argp_error(state, "got '%s', expected %s", word, words); /* ends the program */
    return place;
}

static unsigned long whole_number(struct argp_state *state, const char *text, unsigned long lowest,
                                  unsigned long highest)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < lowest || number > highest)
        argp_error(state, "got '%s', expected a number from %lu to %lu", text, lowest, highest);
    return number;
}

static int64_t milliseconds(struct argp_state *state, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end != '\0' || !(seconds >= 0.001 && seconds <= 1e6)) /* a NaN fails this too */
        argp_error(state, "got '%s', expected seconds from 0.001 to 1000000", text);
    return (int64_t)(seconds * 1000);
}

static void complete(struct argp_state *state, struct options *o)
{
    if (o->type == SOCK_SEQPACKET && o->domain != AF_UNIX)
        argp_error(state, "--type seqpacket is for --domain unix and abstract only");
    if (o->type == SOCK_DGRAM && o->protocol == PROTOCOL_LINE)
        argp_error(state,
                   "--type dgram needs --protocol frame: a line has no number to tell a late reply by");
    if (o->type == SOCK_DGRAM && (o->model == MODEL_FORK || o->model == MODEL_THREAD))
        argp_error(state, "--type dgram has no connections to share out: not with --model fork or thread");
    if (o->host == NULL)
        o->host = o->domain == AF_INET ? "127.0.0.1" : "::1";
    if (o->path == NULL)
        o->path = o->abstract ? "sockfault-reference" : "./socket";
}

static error_t parse_common(int key, char *text, struct argp_state *state)
{
    static const int domains[] = {AF_INET, AF_INET6, AF_UNIX, AF_UNIX};
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    struct options *o = state->input;

    if (key == 'd') {
        int place = choose(state, DOMAINS, text);
        o->domain = domains[place];
        o->abstract = place == 3;
    } else if (key == 't') {
        o->type = types[choose(state, TYPES, text)];
    } else if (key == 'a') {
        o->host = text;
    } else if (key == 'p') {
        whole_number(state, text, 0, 65535);
        o->port = text;
    } else if (key == 'P') {
        o->path = text;
    } else if (key == 'r') {
        o->protocol = (enum protocol)choose(state, PROTOCOLS, text);
    } else if (key == 'T') {
        o->timeout = milliseconds(state, text);
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse_own(int key, char *text, struct argp_state *state)
{
    struct options *o = state->input;

    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = o;
    } else if (key == 'm') {
        o->model = (enum model)choose(state, MODELS, text);
    } else if (key == 'n') {
        o->repeat = whole_number(state, text, 1, 1000000000);
    } else if (key == ARGP_KEY_ARGS && o->client) {
        o->messages = state->argv + state->next;
        o->message_count = state->argc - state->next;
    } else if (key == ARGP_KEY_END) {
        if (o->client && o->message_count == 0)
            argp_error(state, "a MESSAGE is needed");
        if (o->client && o->port == NULL && o->domain != AF_UNIX)
            argp_error(state, "--port is needed");
        complete(state, o);
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void parse(struct options *ret_options, int argc, char **argv, const struct argp_option *own,
                  const char *arguments, const char *purpose)
{
    const struct argp common = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};
    const struct argp_child children[] = {{&common, 0, NULL, 0}, {0}};
    const struct argp argp = {own, parse_own, arguments, purpose, children, NULL, NULL};

    *ret_options = (struct options){
        .client = arguments != NULL, .domain = AF_INET, .type = SOCK_STREAM, .timeout = 5000, .repeat = 1};
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, ret_options);
    if (ret_options->port == NULL)
        ret_options->port = "0";
}

void options_for_server(struct options *ret_options, int argc, char **argv)
{
    parse(ret_options, argc, argv, server_options, NULL, "Send every message back to where it came from.");
}

void options_for_client(struct options *ret_options, int argc, char **argv)
{
    parse(ret_options, argc, argv, client_options, "MESSAGE...",
          "Send each MESSAGE (- is all of stdin), check that it comes back, and print it.");
}
