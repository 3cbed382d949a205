#include "shim/model/keys.h"
#include "shim/model/decide.h"
#include "shim/model/endpoint.h"
#include "shim/model/errnos.h"
#include "shim/model/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool expr_expected(struct expr_error *error, unsigned int column, const char *got, size_t len,
                   const char *expected)
{
    char shown[64];
    size_t n = len < sizeof shown - 4 ? len : sizeof shown - 4;
    for (size_t i = 0; i < n; i++)
        shown[i] = (unsigned char)got[i] < ' ' || got[i] == 0x7f ? '?' : got[i];
    strcpy(shown + n, n < len ? "..." : "");
    error->in_key = false;
    error->column = column;
    if (len == 0)
        snprintf(error->message, sizeof error->message, "got nothing, expected %s", expected);
    else
        snprintf(error->message, sizeof error->message, "got '%s', expected %s", shown, expected);
    return false;
}

/* The whole value is wrong. */
static bool wrong(struct expr_error *error, const char *value, const char *expected)
{
    return expr_expected(error, 1, value, strlen(value), expected);
}

static bool read_error(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->err = errno_find(value, strlen(value));
    if (rule->err == EBADF || rule->err == EFAULT || rule->err == EINVAL || rule->err == ENOTSOCK)
        return wrong(error, value, "an errno the kernel gives without a mistake of the program's");
    return rule->err ? true : wrong(error, value, "an errno name such as ECONNRESET (sockfault list errors)");
}

static bool read_short(struct rule *rule, const char *value, struct expr_error *error)
{
    static const char expected[] =
        "a number of bytes from 1 (1), a share from 1% to 99% (50%) or all but some (-1)";
    size_t len = strlen(value);
    rule->amount_kind = AMOUNT_BYTES;
    if (len > 1 && value[0] == '-') {
        rule->amount_kind = AMOUNT_ALL_BUT;
        value++;
        len--;
    } else if (len > 1 && value[len - 1] == '%') {
        rule->amount_kind = AMOUNT_PERCENT;
        len--;
    }
    bool good = rule->amount_kind == AMOUNT_PERCENT
                    ? parse_number(value, len, &rule->amount) && rule->amount < 100
                    : parse_size(value, len, &rule->amount);
    return good && rule->amount > 0 ? true : wrong(error, value, expected);
}

static bool read_eof(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->eof_full = strcmp(value, "full") == 0;
    return rule->eof_full || strcmp(value, "half") == 0 ? true : wrong(error, value, "half or full");
}

static bool read_reset(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->err = ECONNRESET;
    return !*value || strcmp(value, "true") == 0 ? true : wrong(error, value, "no value");
}

/* Splits "A..B" at the dots; a single value gives two equal halves. */
static void split_range(const char *value, const char **ret_second, size_t *ret_first_len)
{
    const char *dots = strstr(value, "..");
    *ret_first_len = dots ? (size_t)(dots - value) : strlen(value);
    *ret_second = dots ? dots + 2 : value;
}

static bool read_delay(struct rule *rule, const char *value, struct expr_error *error)
{
    const char *second;
    size_t len;
    split_range(value, &second, &len);
    if (!parse_duration(value, len, &rule->delay_min_ns))
        return expr_expected(error, 1, value, len, "a duration such as 50ms, 2s or 50ms..200ms");
    if (!parse_duration(second, strlen(second), &rule->delay_max_ns))
        return expr_expected(error, (unsigned int)(second - value) + 1, second, strlen(second),
                             "a duration such as 200ms");
    return rule->delay_max_ns >= rule->delay_min_ns
               ? true
               : wrong(error, value, "the shorter duration first (50ms..200ms)");
}

/* FIRST[..[LAST]][+STEP] */
static bool read_when(struct rule *rule, const char *value, struct expr_error *error)
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
        return wrong(error, value, expected);
    rule->when_last = dots || plus ? UINT64_MAX : rule->when_first;
    if (last_len > 0 && !parse_number(dots + 2, last_len, &rule->when_last))
        return wrong(error, value, expected);
    if (plus && (!parse_number(plus + 1, strlen(plus + 1), &rule->when_step) || rule->when_step == 0))
        return expr_expected(error, (unsigned int)len + 2, plus + 1, strlen(plus + 1), "a step from 1");
    return rule->when_last >= rule->when_first ? true : wrong(error, value, "the smaller number first");
}

/* "10%", "0.5%": parts per million of it */
static bool read_chance(struct rule *rule, const char *value, struct expr_error *error)
{
    static const char expected[] =
        "a percentage above 0% and up to 100%, with at most four decimals (10%, 0.5%)";
    size_t len = strlen(value);
    const char *dot = strchr(value, '.');
    if (len < 2 || value[len - 1] != '%')
        return wrong(error, value, expected);
    size_t whole_len = dot ? (size_t)(dot - value) : len - 1;
    size_t part_len = dot ? len - whole_len - 2 : 0;
    uint64_t whole, part = 0;
    if (!parse_number(value, whole_len, &whole) || whole > 100 || part_len > 4 || (dot && part_len == 0))
        return wrong(error, value, expected);
    if (dot && !parse_number(dot + 1, part_len, &part))
        return wrong(error, value, expected);
    for (size_t i = part_len; i < 4; i++)
        part *= 10;
    rule->chance_ppm = whole * 10000 + part;
    return rule->chance_ppm > 0 && rule->chance_ppm <= 1000000 ? true : wrong(error, value, expected);
}

static bool read_times(struct rule *rule, const char *value, struct expr_error *error)
{
    return parse_number(value, strlen(value), &rule->times) && rule->times > 0
               ? true
               : wrong(error, value, "a number from 1");
}

static bool read_after(struct rule *rule, const char *value, struct expr_error *error)
{
    return parse_size(value, strlen(value), &rule->after_bytes)
               ? true
               : wrong(error, value, "a size such as 1000B or 4KiB");
}

static bool read_fd(struct rule *rule, const char *value, struct expr_error *error)
{
    uint64_t fd;
    if (!parse_number(value, strlen(value), &fd) || fd > INT32_MAX)
        return wrong(error, value, "a descriptor number");
    rule->fd = (int32_t)fd;
    return true;
}

static bool read_peer(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->has_peer = endpoint_parse(value, strlen(value), &rule->peer);
    return rule->has_peer
               ? true
               : wrong(error, value,
                       "an address: 127.0.0.1:80, 127.0.0.1, :80, '[::1]:80', 'unix:PATH' or 'unix:@NAME'");
}

static bool read_scope(struct rule *rule, const char *value, struct expr_error *error)
{
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        if (strcmp(value, scope_name((enum rule_scope)scope)) == 0) {
            rule->scope = (uint32_t)scope;
            return true;
        }
    return wrong(error, value, "process, thread, connection, site or all");
}

static bool read_force(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->force = !*value || strcmp(value, "true") == 0;
    return rule->force || strcmp(value, "false") == 0 ? true : wrong(error, value, "no value");
}

#define FAULT_READ_ERROR read_error
#define FAULT_READ_SHORT read_short
#define FAULT_READ_EOF   read_eof
#define FAULT_READ_RESET read_reset
#define FAULT_READ_DELAY read_delay

static const struct rule_key keys[] = {
#define FAULT(id, word, value, help) {{word, value, help, EXPR_FAULT}, FAULT_##id, FAULT_READ_##id},
    FAULTS(FAULT)
#undef FAULT
#define SELECTOR(word, value, help, read)                                                                    \
    {                                                                                                        \
        {word, value, help, EXPR_SELECTOR}, FAULT_NONE, read                                                 \
    }
        SELECTOR("when", "FIRST[..[LAST]][+STEP]",
                 "which of the matching calls, counted from 1 within `scope`", read_when),
    SELECTOR("chance", "P%", "each matching call with that probability (a function of the seed)",
             read_chance),
    SELECTOR("times", "N", "at most so often", read_times),
    SELECTOR("after", "SIZE", "once that many bytes have gone that way on the connection", read_after),
    SELECTOR("fd", "N", "on that descriptor", read_fd),
    SELECTOR("peer", "ADDR[:PORT]", "to or from that address", read_peer),
    SELECTOR("scope", "process, thread, connection, site or all", "what `when` counts; default process",
             read_scope),
#undef SELECTOR
    {{"force", "", "inject even where the kernel could not do it", EXPR_FLAG}, FAULT_NONE, read_force},
};

const struct expr_key *expr_key_at(size_t i)
{
    return i < sizeof keys / sizeof *keys ? &keys[i].shown : NULL;
}

const struct rule_key *rule_key_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i].shown.name) == len && memcmp(keys[i].shown.name, name, len) == 0)
            return &keys[i];
    return NULL;
}
