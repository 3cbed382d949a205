#include "harness/report/paint.h"

const struct paint paint_plain = {"", "", "", "", "", "", ""};

/* The eight colours every terminal has (ECMA-48, SGR), readable on dark and on light. */
const struct paint paint_colour = {
    .bad = "\033[1;31m",
    .good = "\033[32m",
    .skip = "\033[33m",
    .mark = "\033[1;35m",
    .bold = "\033[1m",
    .dim = "\033[2m",
    .off = "\033[0m",
};

const char *paint_verdict(const struct paint *paint, enum verdict verdict)
{
    if (verdict == VERDICT_PASS)
        return paint->good;
    return verdict == VERDICT_SKIP ? paint->skip : paint->bad;
}
