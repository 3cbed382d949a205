/* The JSON Schema of scenario files, for editors: from keys.def and the keys of expressions. */
#ifndef SOCKFAULT_SCHEMA_H
#define SOCKFAULT_SCHEMA_H

/* JSON text (draft 2020-12), indented, malloc'd. NULL: no memory, or a row's schema is not JSON. */
char *scenario_schema(void);

#endif
