/* `sockfault list model`: the rows of the fault model by name, or as the tables of docs/fault-model.md. */
#include "harness/cli/list_model.h"
#include "shim/model/errnos.h"
#include "shim/model/legal.h"

#include <stdio.h>
#include <string.h>

const char *legal_row_calls(const struct legal_row *row)
{
    if (row->family == LEGAL_ANY)
        return "any call";
    return row->family == LEGAL_EPOLL_WAIT ? "epoll_*wait*" : family_name((enum call_family)row->family);
}

void list_model(void)
{
    for (size_t i = 0; legal_row_at(i) != NULL; i++)
        puts(legal_row_at(i)->name);
}

static void put_needs(const struct legal_row *row)
{
    const char *separator = "";
    for (int bit = 0; bit < CONDITION_COUNT; bit++) {
        if (!(row->needs >> bit & 1))
            continue;
        printf("%s%s", separator, condition_need((enum condition_bit)bit));
        separator = "; ";
    }
    if (!*separator)
        printf("always");
}

static void put_row(const struct legal_row *row)
{
    printf("| `%s` | %s%s%s | %s | ", row->name, fault_name(row->fault), row->fault == FAULT_ERROR ? "=" : "",
           row->fault == FAULT_ERROR ? errno_name(row->err) : "", row->note);
    put_needs(row);
    printf(" | %s | %s | %s | %s |\n", recipe_name(row->recipe), row->expect == EXPECT_T ? "T" : "H",
           tier_name(row->tier), row->source);
}

static void put_head(const char *title, const char *columns)
{
    printf("\n## %s\n\n%s\n|", title, columns);
    for (const char *bar = strchr(columns + 1, '|'); bar != NULL; bar = strchr(bar + 1, '|'))
        printf("---|");
    puts("");
}

void list_model_markdown(void)
{
    const char *calls = "";
    for (size_t i = 0; legal_row_at(i) != NULL; i++) {
        const struct legal_row *row = legal_row_at(i);
        if (strcmp(calls, legal_row_calls(row)) != 0) {
            calls = legal_row_calls(row);
            put_head(calls, "| row | fault | what happened | legal for | recipe | expect | tier | follows |");
        }
        put_row(row);
    }
    put_head("Recipes", "| recipe | what is done |");
    for (int recipe = RECIPE_NONE + 1; recipe < RECIPE_COUNT; recipe++)
        printf("| %s | %s |\n", recipe_name((enum recipe)recipe), recipe_text((enum recipe)recipe));
}
