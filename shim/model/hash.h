/* Numbers out of numbers: what randomness, counters and addresses on the board are keyed by. Pure. */
#ifndef SOCKFAULT_MODEL_HASH_H
#define SOCKFAULT_MODEL_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * A draw: a number that depends on its arguments alone (no stream, no state), uniform over 64 bits.
 * Design: randomness is a function of (seed, rule, process, connection, ordinal), so that threads and other
 * rules change nobody's draws.
 */
uint64_t draw(uint64_t seed, uint64_t rule_hash, uint64_t process_hash, uint64_t connection, uint64_t ordinal,
              uint64_t salt);

/* FNV-1a, 64 bits. */
uint64_t hash_bytes(const void *bytes, size_t len);

#endif
