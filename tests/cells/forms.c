#include "shim/model/errnos.h"
#include "shim/model/expr.h"
#include "tests/cells/cells.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void add_form(struct form *ret, size_t *count, size_t room, const char *key, const char *value,
                     size_t len)
{
    if (*count == room)
        return;
    struct form *form = &ret[(*count)++];
    form->key = key;
    snprintf(form->value, sizeof form->value, "%.*s", (int)len, value);
    snprintf(form->text, sizeof form->text, "%s%s%s", key, len > 0 ? "=" : "", form->value);
}

/* "N, N% or -N": three. */
static void add_forms(struct form *ret, size_t *count, size_t room, const char *key, const char *values)
{
    while (true) {
        const char *comma = strstr(values, ", "), * or = strstr(values, " or ");
        const char *end = comma ? comma : or ? or : values + strlen(values);
        add_form(ret, count, room, key, values, (size_t)(end - values));
        if (*end == '\0')
            return;
        values = end + (comma ? 2 : 4);
    }
}

size_t forms_of_keys(struct form *ret, size_t room)
{
    size_t count = 0;
    const struct expr_key *key;
    for (size_t i = 0; (key = expr_key_at(i)) != NULL; i++)
        add_forms(ret, &count, room, key->name, key->value);
    add_forms(ret, &count, room, "then", "");
    return count;
}

static bool is_number(const char *text, size_t len)
{
    size_t digits = 0;
    while (digits < len && isdigit((unsigned char)text[digits]))
        digits++;
    return len > 0 && digits == len;
}

static bool is_word(const char *form)
{
    return islower((unsigned char)form[0]);
}

static bool is_size(const char *value)
{
    uint64_t bytes;
    return parse_size(value, strlen(value), &bytes);
}

static bool is_rate(const char *value, bool in_bytes)
{
    size_t len = strlen(value);
    return len > 2 && is_number(value, len - 2) == !in_bytes;
}

static bool ends_with(const char *value, const char *end)
{
    size_t len = strlen(value), want = strlen(end);
    return len >= want && strcmp(value + len - want, end) == 0;
}

bool form_fits(const struct form *form, const char *value)
{
    const char *is = form->value, *range = strstr(value, "..");
    if (is_word(is))
        return strcmp(is, value) == 0;
    if (strcmp(is, "N%") == 0 || strcmp(is, "P%") == 0)
        return ends_with(value, "%");
    if (strcmp(is, "-N") == 0)
        return value[0] == '-';
    if (strcmp(is, "SIZE") == 0)
        return is_size(value);
    if (strcmp(is, "T") == 0)
        return !is_size(value) && !range;
    if (strcmp(is, "T..T") == 0)
        return range != NULL;
    if (strcmp(is, "N/s") == 0 || strcmp(is, "SIZE/s") == 0)
        return is_rate(value, is[0] == 'S');
    if (strcmp(is, "K") == 0 || strcmp(is, "N") == 0)
        return is_number(value, strlen(value));
    if (strcmp(is, "K..L") == 0)
        return range != NULL && range[2] != '\0';
    if (strcmp(is, "K..") == 0)
        return range != NULL && range[2] == '\0';
    if (strcmp(is, "MODULE+0xOFFSET") == 0)
        return strstr(value, "+0x") != NULL;
    if (strcmp(is, "FILE:LINE") == 0)
        return strchr(value, ':') != NULL;
    if (strcmp(is, "FUNCTION") == 0)
        return strchr(value, ':') == NULL && strstr(value, "+0x") == NULL;
    return true; /* what has no other form */
}

/* Copies up to a colon that stands neither in quotes nor in brackets, and leaves out the quotes. */
static const char *copy_value(const char *from, char *value, size_t room)
{
    size_t len = 0;
    bool quoted = false, bracket = false;
    for (; *from != '\0' && (quoted || bracket || *from != ':'); from++) {
        if (*from == '\'')
            quoted = !quoted;
        else if (len + 1 < room)
            value[len++] = *from;
        bracket = !quoted && (*from == '[' || (bracket && *from != ']'));
    }
    value[len] = '\0';
    return from;
}

const char *next_key(const char *text, char *key, size_t key_room, char *value, size_t value_room)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL)
        return NULL;
    size_t len = strcspn(colon + 1, "=:");
    const char *end = colon + 1 + len;
    snprintf(key, key_room, "%.*s", (int)len, colon + 1);
    value[0] = '\0';
    return *end == '=' ? copy_value(end + 1, value, value_room) : end;
}

const char *sample_value(enum fault_kind fault, int err)
{
    static char text[64];
    switch (fault) {
    case FAULT_ERROR:
        snprintf(text, sizeof text, "=%s", errno_name(err));
        return text;
    case FAULT_EOF:
        return "=half";
    case FAULT_DELAY:
        return "=1ms";
    case FAULT_RATE:
        return "=1/s";
    case FAULT_SHORT:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_TRUNCATE:
        return "=1";
    default:
        return "";
    }
}
