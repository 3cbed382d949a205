/* The readers of a rule's selectors; the rows that name them stand in keys.c. */
#include "shim/model/endpoint.h"
#include "shim/model/hash.h"
#include "shim/model/keys.h"
#include "shim/model/values.h"

#include <string.h>

/* FIRST[..[LAST]][+STEP] */
bool key_when(struct rule *rule, const char *value, struct expr_error *error)
{
    static const char expected[] =
        "a number from 1, or FIRST..LAST, FIRST.., FIRST..+STEP (2, 1..3, 2.., 1..+2)";
    const char *plus = strchr(value, '+');
    size_t len = plus ? (size_t)(plus - value) : strlen(value);
    const char *dots = memmem(value, len, "..", 2);
    size_t first_len = dots ? (size_t)(dots - value) : len;
    size_t last_len = dots ? len - first_len - 2 : 0;
    rule->when_step = 1;
    if (!parse_number(value, first_len, &rule->when_first) || rule->when_first == 0)
        return key_wrong(error, value, expected);
    rule->when_last = dots || plus ? UINT64_MAX : rule->when_first;
    if (last_len > 0 && !parse_number(dots + 2, last_len, &rule->when_last))
        return key_wrong(error, value, expected);
    if (plus && (!parse_number(plus + 1, strlen(plus + 1), &rule->when_step) || rule->when_step == 0))
        return expr_expected(error, (unsigned int)len + 2, plus + 1, strlen(plus + 1), "a step from 1");
    return rule->when_last >= rule->when_first ? true : key_wrong(error, value, "the smaller number first");
}

/* "10%", "0.5%": parts per million of it */
bool key_chance(struct rule *rule, const char *value, struct expr_error *error)
{
    static const char expected[] =
        "a percentage above 0% and up to 100%, with at most four decimals (10%, 0.5%)";
    size_t len = strlen(value);
    const char *dot = strchr(value, '.');
    if (len < 2 || value[len - 1] != '%')
        return key_wrong(error, value, expected);
    size_t whole_len = dot ? (size_t)(dot - value) : len - 1;
    size_t part_len = dot ? len - whole_len - 2 : 0;
    uint64_t whole, part = 0;
    if (!parse_number(value, whole_len, &whole) || whole > 100 || part_len > 4 || (dot && part_len == 0))
        return key_wrong(error, value, expected);
    if (dot && !parse_number(dot + 1, part_len, &part))
        return key_wrong(error, value, expected);
    for (size_t i = part_len; i < 4; i++)
        part *= 10;
    rule->chance_ppm = whole * 10000 + part;
    return rule->chance_ppm > 0 && rule->chance_ppm <= 1000000 ? true : key_wrong(error, value, expected);
}

bool key_times(struct rule *rule, const char *value, struct expr_error *error)
{
    return parse_number(value, strlen(value), &rule->times) && rule->times > 0
               ? true
               : key_wrong(error, value, "a number from 1");
}

/* A size is bytes, a duration time; 0 is both. */
static bool read_bound(const char *value, uint64_t *bytes, int64_t *ns, struct expr_error *error)
{
    size_t len = strlen(value);
    return parse_size(value, len, bytes) || parse_duration(value, len, ns)
               ? true
               : key_wrong(error, value, "a size such as 1000B or 4KiB, or a duration such as 200ms or 5s");
}

bool key_after(struct rule *rule, const char *value, struct expr_error *error)
{
    return read_bound(value, &rule->after_bytes, &rule->after_ns, error);
}

bool key_until(struct rule *rule, const char *value, struct expr_error *error)
{
    if (!read_bound(value, &rule->until_bytes, &rule->until_ns, error))
        return false;
    return rule->until_bytes > 0 && rule->until_ns > 0 ? true : key_wrong(error, value, "more than nothing");
}

/* K, K..L, K.. */
bool key_conn(struct rule *rule, const char *value, struct expr_error *error)
{
    static const char expected[] = "the number of a connection, or some of them (1, 1..3, 4..)";
    const char *last;
    size_t len;
    uint64_t from, to = UINT32_MAX;
    key_split_range(value, &last, &len);
    if (!parse_number(value, len, &from) || from < 1 || from > UINT32_MAX)
        return key_wrong(error, value, expected);
    if (*last && (!parse_number(last, strlen(last), &to) || to > UINT32_MAX))
        return key_wrong(error, value, expected);
    rule->conn_first = (uint32_t)from;
    rule->conn_last = (uint32_t)to;
    return from <= to ? true : key_wrong(error, value, "the smaller number first");
}

bool key_fd(struct rule *rule, const char *value, struct expr_error *error)
{
    uint64_t fd;
    if (!parse_number(value, strlen(value), &fd) || fd > INT32_MAX)
        return key_wrong(error, value, "a descriptor number");
    rule->fd = (int32_t)fd;
    return true;
}

static bool read_address(struct endpoint *ret, bool *ret_given, const char *value, struct expr_error *error)
{
    *ret_given = endpoint_parse(value, strlen(value), ret);
    return *ret_given ? true
                      : key_wrong(error, value,
                                  "an address: 127.0.0.1:80, 127.0.0.1, :80, '[::1]:80', 'unix:PATH' or "
                                  "'unix:@NAME'");
}

bool key_peer(struct rule *rule, const char *value, struct expr_error *error)
{
    return read_address(&rule->peer, &rule->has_peer, value, error);
}

bool key_local(struct rule *rule, const char *value, struct expr_error *error)
{
    return read_address(&rule->local, &rule->has_local, value, error);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* MODULE+0xOFFSET and +0xOFFSET need nobody to look them up: the one address that is meant. */
static bool read_offset(const char *value, struct rule_site *site)
{
    const char *plus = strrchr(value, '+');
    uint64_t offset = 0;
    if (!plus || plus[1] != '0' || (plus[2] | 0x20) != 'x' || !plus[3] || strlen(plus + 3) > 16)
        return false;
    for (const char *digit = plus + 3; *digit; digit++) {
        if (hex_digit(*digit) < 0)
            return false;
        offset = offset << 4 | (uint64_t)hex_digit(*digit);
    }
    uint64_t module = plus == value ? 0 : hash_bytes(value, (size_t)(plus - value));
    site->ranges[0] = (struct rule_range){module, offset, offset + 1, false};
    site->range_count = 1;
    return true;
}

bool key_site(struct rule *rule, const char *value, struct expr_error *error)
{
    size_t len = strlen(value);
    if (len == 0 || len >= sizeof rule->site.text)
        return key_wrong(error, value, "FILE:LINE, a function or MODULE+0xOFFSET, of at most 95 bytes");
    memcpy(rule->site.text, value, len + 1);
    read_offset(value, &rule->site);
    return true;
}

/* One byte of what is looked for; returns how many characters it took, 0: none such. */
static size_t take_byte(const char *at, unsigned char *ret)
{
    static const char names[] = "nrt0\\", bytes[] = "\n\r\t\0\\";
    if (at[0] != '\\') {
        *ret = (unsigned char)at[0];
        return 1;
    }
    const char *name = at[1] ? strchr(names, at[1]) : NULL;
    if (name) {
        *ret = (unsigned char)bytes[name - names];
        return 2;
    }
    if (at[1] != 'x' || hex_digit(at[2]) < 0 || hex_digit(at[3]) < 0)
        return 0;
    *ret = (unsigned char)(hex_digit(at[2]) << 4 | hex_digit(at[3]));
    return 4;
}

bool key_match(struct rule *rule, const char *value, struct expr_error *error)
{
    struct rule_match *match = &rule->match;
    if (match->len > 0)
        return key_wrong(error, value, "match or regex once, not both");
    for (size_t taken; *value; value += taken) {
        if (match->len == RULE_MATCH_MAX - 1)
            return key_wrong(error, value, "at most 95 bytes to look for");
        taken = take_byte(value, &match->bytes[match->len]);
        if (taken == 0)
            return key_wrong(error, value, "\\n, \\r, \\t, \\0, \\xHH or \\\\ after a backslash");
        match->len++;
    }
    return match->len > 0 ? true : key_wrong(error, value, "bytes to look for");
}

bool key_regex(struct rule *rule, const char *value, struct expr_error *error)
{
    size_t len = strlen(value);
    if (rule->match.len > 0)
        return key_wrong(error, value, "match or regex once, not both");
    if (len == 0 || len >= RULE_MATCH_MAX)
        return key_wrong(error, value, "a regular expression of at most 95 bytes");
    memcpy(rule->match.bytes, value, len + 1);
    rule->match.len = (uint32_t)len;
    rule->match.regex = true;
    return true;
}

bool key_scope(struct rule *rule, const char *value, struct expr_error *error)
{
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        if (strcmp(value, scope_name((enum rule_scope)scope)) == 0) {
            rule->scope = (uint32_t)scope;
            return true;
        }
    return key_wrong(error, value, "process, thread, connection, site or all");
}
