/*
 * Scenarios made of commands: of one that ends by itself, or of a server and its client. They are made as
 * texts, so that people can keep them and records repeat them.
 */
#ifndef SOCKFAULT_SWEEP_COMMAND_H
#define SOCKFAULT_SWEEP_COMMAND_H

#include "harness/run/experiment.h"
#include "harness/sweep/command/words.h"

#include <stdint.h>

enum command_network {
    COMMAND_NETWORK_UNSAID, /* its own, unless a first run shows that somebody is missing there */
    COMMAND_NETWORK_OWN,
    COMMAND_NETWORK_MACHINE,
};

/* What a command line says. */
struct command {
    struct shell_words program;        /* alone; else */
    struct shell_words server, client; /* both */
    uint16_t port;                     /* of the server; 0: not said */
    enum command_network network;
    char *name; /* "curl", or "redis-server-redis-cli": malloc'd, for messages and records */
};

/* What a run has shown. */
struct command_facts {
    bool machine;       /* it needs the machine's network */
    int status, signal; /* how what ends by itself ended */
};

/* Names it, once the words are there. False: no memory. */
bool command_name(struct command *command);

/*
 * The scenario: YAML, malloc'd. Its programs run in the folder sockfault was started in. False with *diag:
 * USAGE, words that no YAML can hold; TROUBLE, no memory.
 */
bool command_text(const struct command *command, const struct command_facts *facts, char **ret,
                  struct diag *diag);

/*
 * Runs the command once without a fault. Where it looks for somebody and does not end well in its own
 * network, it is run once more in the machine's, and stays there if something else comes of it. The text is
 * made by how it ended. *ret_notes: what the user has to know, a line each, malloc'd or NULL. False with
 * *diag: as command_text; TROUBLE: it did not come to its end. Blocks.
 */
bool command_scenario(const struct command *command, const struct run_options *options, char **ret,
                      char **ret_notes, struct diag *diag);

void command_free(struct command *command);

#endif
