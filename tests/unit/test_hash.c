/* What randomness and counters are keyed by. */
#include "shim/model/hash.h"

#include <criterion/criterion.h>

/* A record made by one version is replayed by another: these numbers may not change. */
Test(hash, draws_are_fixed_for_good)
{
    cr_expect_eq(draw(1, 2, 3, 4, 5, 6), UINT64_C(0x7fbfb3283c0c7ca4));
    cr_expect_eq(draw(0, 0, 0, 0, 0, 0), UINT64_C(0xb3a523f080e922ec));
}

Test(hash, every_argument_of_a_draw_counts)
{
    uint64_t base = draw(1, 1, 1, 1, 1, 1);
    cr_expect_neq(base, draw(2, 1, 1, 1, 1, 1));
    cr_expect_neq(base, draw(1, 2, 1, 1, 1, 1));
    cr_expect_neq(base, draw(1, 1, 2, 1, 1, 1));
    cr_expect_neq(base, draw(1, 1, 1, 2, 1, 1));
    cr_expect_neq(base, draw(1, 1, 1, 1, 2, 1));
    cr_expect_neq(base, draw(1, 1, 1, 1, 1, 2));
    cr_expect_neq(draw(1, 2, 1, 1, 1, 1), draw(2, 1, 1, 1, 1, 1), "and so does their order");
}

/* The published test vectors of FNV-1a. */
Test(hash, the_hash_is_fnv_1a)
{
    cr_expect_eq(hash_bytes("", 0), UINT64_C(0xcbf29ce484222325));
    cr_expect_eq(hash_bytes("a", 1), UINT64_C(0xaf63dc4c8601ec8c));
    cr_expect_eq(hash_bytes("foobar", 6), UINT64_C(0x85944171f73967e8));
}
