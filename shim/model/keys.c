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

bool key_wrong(struct expr_error *error, const char *value, const char *expected)
{
    return expr_expected(error, 1, value, strlen(value), expected);
}

static bool read_error(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->err = errno_find(value, strlen(value));
    if (rule->err == EBADF || rule->err == EFAULT || rule->err == EINVAL || rule->err == ENOTSOCK)
        return key_wrong(error, value, "an errno the kernel gives without a mistake of the program's");
    return rule->err ? true
                     : key_wrong(error, value, "an errno name such as ECONNRESET (sockfault list errors)");
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
    return good && rule->amount > 0 ? true : key_wrong(error, value, expected);
}

static bool read_eof(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->eof_full = strcmp(value, "full") == 0;
    return rule->eof_full || strcmp(value, "half") == 0 ? true : key_wrong(error, value, "half or full");
}

static bool read_reset(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->err = ECONNRESET;
    return !*value || strcmp(value, "true") == 0 ? true : key_wrong(error, value, "no value");
}

void key_split_range(const char *value, const char **ret_second, size_t *ret_first_len)
{
    const char *dots = strstr(value, "..");
    *ret_first_len = dots ? (size_t)(dots - value) : strlen(value);
    *ret_second = dots ? dots + 2 : value;
}

static bool read_delay(struct rule *rule, const char *value, struct expr_error *error)
{
    const char *second;
    size_t len;
    key_split_range(value, &second, &len);
    if (!parse_duration(value, len, &rule->delay_min_ns))
        return expr_expected(error, 1, value, len, "a duration such as 50ms, 2s or 50ms..200ms");
    if (!parse_duration(second, strlen(second), &rule->delay_max_ns))
        return expr_expected(error, (unsigned int)(second - value) + 1, second, strlen(second),
                             "a duration such as 200ms");
    return rule->delay_max_ns >= rule->delay_min_ns
               ? true
               : key_wrong(error, value, "the shorter duration first (50ms..200ms)");
}

static bool read_force(struct rule *rule, const char *value, struct expr_error *error)
{
    rule->force = !*value || strcmp(value, "true") == 0;
    return rule->force || strcmp(value, "false") == 0 ? true : key_wrong(error, value, "no value");
}

static bool read_nothing(struct rule *rule, const char *value, struct expr_error *error)
{
    (void)rule;
    return !*value || strcmp(value, "true") == 0 ? true : key_wrong(error, value, "no value");
}

static bool read_amount(struct rule *rule, const char *value, uint64_t max, const char *expected,
                        struct expr_error *error)
{
    return parse_number(value, strlen(value), &rule->amount) && rule->amount >= 1 && rule->amount <= max
               ? true
               : key_wrong(error, value, expected);
}

static bool read_reorder(struct rule *rule, const char *value, struct expr_error *error)
{
    return read_amount(rule, value, 1000, "a number of datagrams from 1 to 1000", error);
}

static bool read_corrupt(struct rule *rule, const char *value, struct expr_error *error)
{
    return read_amount(rule, value, 64, "a number of bits from 1 to 64", error);
}

static bool read_truncate(struct rule *rule, const char *value, struct expr_error *error)
{
    return read_amount(rule, value, UINT32_MAX, "a number of bytes from 1", error);
}

/* "10/s" is of calls, "10KiB/s" of bytes. */
static bool read_rate(struct rule *rule, const char *value, struct expr_error *error)
{
    static const char expected[] = "so many calls (10/s) or bytes (1000B/s, 10KiB/s) a second, from 1";
    size_t len = strlen(value);
    if (len < 3 || strcmp(value + len - 2, "/s") != 0)
        return key_wrong(error, value, expected);
    len -= 2;
    rule->in_bytes = !parse_number(value, len, &rule->amount);
    if (rule->in_bytes && !parse_size(value, len, &rule->amount))
        return key_wrong(error, value, expected);
    return rule->amount >= 1 && rule->amount <= 1000000000000 ? true : key_wrong(error, value, expected);
}

#define FAULT_READ_SILENCE   read_nothing
#define FAULT_READ_RATE      read_rate
#define FAULT_READ_DROP      read_nothing
#define FAULT_READ_DUPLICATE read_nothing
#define FAULT_READ_REORDER   read_reorder
#define FAULT_READ_CORRUPT   read_corrupt
#define FAULT_READ_TRUNCATE  read_truncate
#define FAULT_READ_SPURIOUS  read_nothing
#define FAULT_READ_ERROR     read_error
#define FAULT_READ_SHORT     read_short
#define FAULT_READ_EOF       read_eof
#define FAULT_READ_RESET     read_reset
#define FAULT_READ_DELAY     read_delay

static const struct rule_key keys[] = {
#define FAULT(id, word, value, help) {{word, value, help, EXPR_FAULT}, FAULT_##id, FAULT_READ_##id},
    FAULTS(FAULT)
#undef FAULT
#define SELECTOR(word, value, help, read)                                                                    \
    {                                                                                                        \
        {word, value, help, EXPR_SELECTOR}, FAULT_NONE, read                                                 \
    }
        SELECTOR("when", "FIRST[..[LAST]][+STEP]",
                 "which of the matching calls, counted from 1 within `scope`", key_when),
    SELECTOR("chance", "P%", "each matching call with that probability (a function of the seed)", key_chance),
    SELECTOR("times", "N", "at most so often", key_times),
    SELECTOR("after", "SIZE or T",
             "once that many bytes have gone that way on the connection, or that long after the start",
             key_after),
    SELECTOR("until", "SIZE or T", "until then", key_until),
    SELECTOR("conn", "K, K..L or K..", "on the process's K-th connection (made or accepted), from 1",
             key_conn),
    SELECTOR("fd", "N", "on that descriptor", key_fd),
    SELECTOR("peer", "ADDR[:PORT]", "to or from that address", key_peer),
    SELECTOR("local", "ADDR[:PORT]", "on a socket with that address of its own", key_local),
    SELECTOR("site", "FILE:LINE, FUNCTION or MODULE+0xOFFSET", "made there in the program", key_site),
    SELECTOR("match", "BYTES", "whose data completes these bytes (\\n, \\xHH ...)", key_match),
    SELECTOR("regex", "REGEX", "whose data completes a match of the regular expression", key_regex),
    SELECTOR("scope", "process, thread, connection, site or all", "what `when` counts; default process",
             key_scope),
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
