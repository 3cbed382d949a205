/*
 * Reading rules. One grammar for --fault, SOCKFAULT and scenario files:
 *
 *   EXPR  = RULE *(";" RULE)
 *   RULE  = [PROCESS "/"] CALL *("," CALL) 1*(":" KEY ["=" VALUE])
 *
 * A value with ':' or ';' in it is quoted '...'; IPv6 addresses stand in []. Blanks around ';' are skipped.
 * No allocation, no I/O: the shim parses SOCKFAULT with this in its constructor.
 */
#ifndef SOCKFAULT_MODEL_EXPR_H
#define SOCKFAULT_MODEL_EXPR_H

#include "shim/model/rule.h"

#include <stddef.h>

enum { EXPR_MESSAGE_MAX = 400 };

/* Where and what: `column` is 1-based, in bytes of the text that was given; message is "got X, expected Y".
 */
struct expr_error {
    bool in_key; /* it is the key of rule_set that is wrong, not its value: column counts there */
    unsigned int column;
    char message[EXPR_MESSAGE_MAX];
};

/* Reads all rules of text into rules[0..max). Returns how many (at least 1), or -1 with *error filled in. */
int expr_parse(const char *text, struct rule *rules, int max, struct expr_error *error);

/*
 * The steps of it, for a scenario file, whose rule comes key by key. rule_init; then rule_set_calls and
 * rule_set for each key; then rule_finish, which wants calls and exactly one fault, and checks what can be
 * known of its legality. All return true, or false with *error (column within the value).
 */
void rule_init(struct rule *rule);
bool rule_set_calls(struct rule *rule, const char *calls,
                    struct expr_error *error); /* "recv", "receive,accept" */
bool rule_set(struct rule *rule, const char *key, const char *value,
              struct expr_error *error); /* value may be NULL */
bool rule_finish(struct rule *rule, struct expr_error *error);

/* The keys, for `list keys`, `list faults` and messages; from the same table. */
enum expr_key_class { EXPR_FAULT, EXPR_SELECTOR, EXPR_FLAG };
struct expr_key {
    const char *name;
    const char *value; /* its syntax in words; "" for none */
    const char *help;
    enum expr_key_class class;
};
/* The i-th key, or NULL past the end. */
const struct expr_key *expr_key_at(size_t i);

/* Duration "250us" "20ms" "5s" "2min" "0" in nanoseconds, and size "100" "100B" "4KiB" "10MiB" in bytes. */
bool parse_duration(const char *text, size_t len, int64_t *ret_ns);
bool parse_size(const char *text, size_t len, uint64_t *ret_bytes);

#endif
