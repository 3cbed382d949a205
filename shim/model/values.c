/* Numbers with units, as expressions and scenario files write them. */
#include "shim/model/values.h"
#include "shim/model/expr.h"

#include <string.h>

bool parse_number(const char *text, size_t len, uint64_t *ret)
{
    uint64_t value = 0;
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

/* Splits "20ms" into 20 and the index of its unit in units[] ("" matches no unit). */
static bool number_with_unit(const char *text, size_t len, const struct unit *units, uint64_t *ret)
{
    size_t digits = 0;
    uint64_t number;
    while (digits < len && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    if (!parse_number(text, digits, &number))
        return false;
    for (const struct unit *unit = units; unit->name; unit++) {
        if (strlen(unit->name) != len - digits || memcmp(unit->name, text + digits, len - digits) != 0)
            continue;
        if (number > INT64_MAX / unit->factor)
            return false;
        *ret = number * unit->factor;
        return true;
    }
    return false;
}

bool parse_duration(const char *text, size_t len, int64_t *ret_ns)
{
    static const struct unit units[] = {
        {"ns", 1},         {"us", 1000},         {"ms", 1000000},
        {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000},
        {NULL, 0},
    };
    uint64_t ns;
    if (len == 1 && text[0] == '0') {
        *ret_ns = 0;
        return true;
    }
    if (!number_with_unit(text, len, units, &ns))
        return false;
    *ret_ns = (int64_t)ns;
    return true;
}

bool parse_size(const char *text, size_t len, uint64_t *ret_bytes)
{
    static const struct unit units[] = {
        {"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {NULL, 0},
    };
    return number_with_unit(text, len, units, ret_bytes);
}
