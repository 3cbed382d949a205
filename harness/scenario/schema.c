#include "harness/scenario/schema.h"
#include "harness/scenario/keys.h"
#include "shim/model/errnos.h"
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <jansson.h>
#include <string.h>

enum { LAST_ERRNO = 133 };

/* What the rows of keys.def refer to besides their maps. */
static const struct {
    const char *name, *schema;
} shared[] = {
    {"variable", "{'type':'string','pattern':'[$][{]'}"},
    {"scalar", "{'type':['string','number','boolean']}"},
    {"strings", "{'anyOf':[{'$ref':'#/$defs/scalar'},{'type':'array','items':{'$ref':'#/$defs/scalar'}}]}"},
    {"size", "{'anyOf':[{'type':'integer','minimum':0},"
             "{'type':'string','pattern':'^[0-9]+(B|KiB|MiB|GiB)?$|[$][{]'}]}"},
    {"data", "{'anyOf':[{'$ref':'#/$defs/scalar'},{'type':'array','minItems':1,'items':{'anyOf':["
             "{'$ref':'#/$defs/scalar'},{'$ref':'#/$defs/part'}]}}]}"},
    {"name", "{'type':'string','pattern':'^([A-Za-z_][A-Za-z0-9_.-]{0,30}|.*[$][{].*)$'}"},
    {"status", "{'anyOf':[{'type':'integer','minimum':0,'maximum':255},{'$ref':'#/$defs/variable'}]}"},
    {"duration",
     "{'anyOf':[{'const':0},{'type':'string','pattern':'^([0-9]+(ns|us|ms|s|min|h)|0|.*[$][{].*)$'}]}"},
    {"range", "{'anyOf':[{'type':'integer','minimum':0},"
              "{'type':'string','pattern':'^([0-9]+|[0-9]+[.][.][0-9]*|[.][.][0-9]+|.*[$][{].*)$'}]}"},
};

static json_t *parse(const char *schema)
{
    char *text = strdup(schema);
    if (text == NULL)
        return NULL;
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json_t *json = json_loads(text, 0, NULL);
    free(text);
    return json;
}

static json_t *property(const char *schema, const char *value, const char *fallback, const char *help)
{
    json_t *json = parse(schema);
    if (fallback != NULL && strcmp(fallback, "required") != 0)
        json_object_set_new(json, "description", json_sprintf("%s. %s; default: %s", help, value, fallback));
    else
        json_object_set_new(json, "description",
                            json_sprintf("%s. %s", help, *value != '\0' ? value : "true or false"));
    return json;
}

/* What a word can be, and a string in which it is not known yet. */
static json_t *one_of(json_t *words, const char *otherwise)
{
    return json_pack("{s:[{s:o}, {s:s, s:s}]}", "anyOf", "enum", words, "type", "string", "pattern",
                     otherwise);
}

static json_t *call_schema(void)
{
    json_t *words = json_array();
    for (int family = 0; family < FAMILY_COUNT; family++)
        json_array_append_new(words, json_string(family_name((enum call_family)family)));
    for (int id = 0; id < CALL_COUNT; id++)
        if (family_find(call_info((enum call_id)id)->name, strlen(call_info((enum call_id)id)->name)) < 0)
            json_array_append_new(words, json_string(call_info((enum call_id)id)->name));
    return one_of(words, "[$,]");
}

/* A list of steps: maps of one key, and the words that can stand alone. */
static json_t *steps_schema(void)
{
    json_t *words = json_array();
    for (size_t i = 0; key_row_at(i) != NULL; i++)
        if (key_row_at(i)->where == KEYS_STEP && strcmp(key_row_at(i)->shown.fallback, "no value") == 0)
            json_array_append_new(words, json_string(key_row_at(i)->shown.name));
    return json_pack("{s:s, s:i, s:{s:[{s:o}, {s:[{s:s}, {s:i, s:i}]}]}}", "type", "array", "minItems", 1,
                     "items", "anyOf", "enum", words, "allOf", "$ref", "#/$defs/step", "minProperties", 1,
                     "maxProperties", 1);
}

/* Every errno that some call can be made to fail with. */
static json_t *errno_schema(void)
{
    json_t *words = json_array();
    for (int err = 1; err <= LAST_ERRNO; err++) {
        bool possible = false;
        for (int id = 0; id < CALL_COUNT && !possible; id++)
            possible = legal_possible((enum call_id)id, FAULT_ERROR, err);
        if (possible)
            json_array_append_new(words, json_string(errno_name(err)));
    }
    return one_of(words, "[$]|^E");
}

/* The keys of expressions: what they hold is for the expression's own reader to say. */
static void add_expression_keys(json_t *properties)
{
    for (size_t i = 0; expr_key_at(i) != NULL; i++) {
        const struct expr_key *key = expr_key_at(i);
        const char *schema = *key->value != '\0'
                                 ? "{'type':['string','integer']}"
                                 : "{'anyOf':[{'type':'boolean'},{'$ref':'#/$defs/variable'}]}";
        json_object_set_new(properties, key->name, property(schema, key->value, NULL, key->help));
    }
}

static json_t *map_schema(enum key_where where)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; key_row_at(i) != NULL; i++) {
        const struct key_row *row = key_row_at(i);
        const struct scenario_key *key = &row->shown;
        if (row->where != where)
            continue;
        json_object_set_new(properties, key->name,
                            property(row->schema, key->value, key->fallback, key->help));
        if (strcmp(key->fallback, "required") == 0)
            json_array_append_new(required, json_string(key->name));
    }
    if (where == KEYS_FAULT)
        add_expression_keys(properties);
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "object", "description", key_where_text(where),
                     "properties", properties, "required", required, "additionalProperties", 0);
}

char *scenario_schema(void)
{
    json_t *schema = map_schema(KEYS_TOP), *definitions = json_object();
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        json_object_set_new(definitions, shared[i].name, parse(shared[i].schema));
    for (int where = KEYS_TOP + 1; where < KEYS_COUNT; where++)
        json_object_set_new(definitions, key_where_word((enum key_where)where),
                            map_schema((enum key_where)where));
    json_object_set_new(definitions, "call", call_schema());
    json_object_set_new(definitions, "errno", errno_schema());
    json_object_set_new(definitions, "steps", steps_schema());
    json_object_set_new(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string("Sockfault scenario"));
    json_object_set_new(schema, "$defs", definitions);
    char *text = schema != NULL ? json_dumps(schema, JSON_INDENT(2)) : NULL;
    json_decref(schema);
    return text;
}
