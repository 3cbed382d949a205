#include "shim/model/hash.h"

uint64_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t draw(uint64_t seed, uint64_t rule_hash, uint64_t process_hash, uint64_t connection, uint64_t ordinal,
              uint64_t salt)
{
    const uint64_t parts[] = {seed, rule_hash, process_hash, connection, ordinal, salt};
    uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        x = mix(x + parts[i] + UINT64_C(0x9e3779b97f4a7c15));
    return x;
}
