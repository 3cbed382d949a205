/* The topic `model` of `sockfault list`: rows of shim/model/legal.def, printed to stdout. */
#ifndef SOCKFAULT_CLI_LIST_MODEL_H
#define SOCKFAULT_CLI_LIST_MODEL_H

#include "shim/model/legal.h"

/* The calls or the family a row speaks of. */
const char *legal_row_calls(const struct legal_row *row);

/* The name of every row, one a line, in the order of the table. */
void list_model(void);

/* The rows as Markdown tables, one for each family, and the recipes they name. */
void list_model_markdown(void);

#endif
