/* `sockfault list TOPIC`: what exists, printed from the tables the code uses. */
#include "harness/cli/cli.h"
#include "harness/cli/list_model.h"
#include "harness/judge/judge.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/schema.h"
#include "shim/model/errnos.h"
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 110, LAST_ERRNO = 133 };

/* Words in a paragraph: from column `indent` on, broken before column LINE. */
struct paragraph {
    int indent, column;
    bool begun;
};

static void put(struct paragraph *p, const char *word, const char *separator)
{
    int length = (int)strlen(word);
    if (p->begun && p->column + (int)strlen(separator) + length > LINE) {
        printf("%.*s\n%*s", (int)strcspn(separator, " "), separator, p->indent, "");
        p->column = p->indent;
    } else if (p->begun) {
        p->column += printf("%s", separator);
    }
    p->column += printf("%s", word);
    p->begun = true;
}

static struct paragraph paragraph_at(int column)
{
    return (struct paragraph){.indent = column, .column = column};
}

/* A text, word by word, and a newline. */
static void put_text(int column, const char *text)
{
    struct paragraph p = paragraph_at(column);
    while (*text) {
        char word[LINE];
        size_t len = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, text);
        put(&p, word, " ");
        text += len + strspn(text + len, " ");
    }
    puts("");
}

static const struct {
    enum call_trait trait;
    const char *word;
} traits[] = {
    {BLOCKS, "blocks"},         {SHORTENS, "shortens"},
    {RETURNS_FD, "returns-fd"}, {COPIES_FD, "copies-fd"},
    {CLOSES, "closes"},         {WAITS_EPOLL, "waits-epoll"},
    {PASSES_FDS, "passes-fds"}, {FAILS_NONZERO, "fails-nonzero"},
    {FAILS_NULL, "fails-null"}, {COUNTS, "counts"},
};

static void list_calls(void)
{
    printf("%-16s %-10s %-26s %s\n", "CALL", "FAMILY", "TRAITS", "ERRNOS IT CAN FAIL WITH");
    for (int id = 0; id < CALL_COUNT; id++) {
        const struct call_info *info = call_info((enum call_id)id);
        char words[80] = "";
        for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
            if (info->traits & traits[i].trait)
                sprintf(words + strlen(words), "%s%s", *words ? "," : "", traits[i].word);
        printf("%-16s %-10s %-26s ", info->name, family_name(info->family), *words ? words : "-");
        struct paragraph p = paragraph_at(55);
        for (const int *err = info->errnos; *err; err++)
            if (legal_possible((enum call_id)id, FAULT_ERROR, *err))
                put(&p, errno_name(*err), " ");
        puts(p.begun ? "" : "-");
    }
}

static void list_row(const struct legal_row *row)
{
    printf("  %-12s %-15s %s %-10s %s\n", legal_row_calls(row),
           row->fault == FAULT_ERROR ? errno_name(row->err) : "-", row->expect == EXPECT_T ? "T" : "H",
           tier_name(row->tier), row->note);
    if (row->needs == 0)
        return;
    printf("%*sif ", 32, "");
    struct paragraph p = paragraph_at(35);
    for (int bit = 0; bit < CONDITION_COUNT; bit++)
        if (row->needs >> bit & 1)
            put(&p, condition_need((enum condition_bit)bit), "; ");
    puts("");
}

/* What `list faults WORD` is narrowed to. */
struct narrowing {
    int call;   /* enum call_id, or CALL_COUNT */
    int family; /* enum call_family, or -1 */
    int err;    /* or 0 */
    const char *fault;
};

static bool any_call_fits(const struct narrowing *to, const struct legal_row *row)
{
    for (int id = 0; id < CALL_COUNT; id++) {
        bool meant =
            to->call < CALL_COUNT ? id == to->call : (int)call_info((enum call_id)id)->family == to->family;
        if (meant && legal_row_fits(row, (enum call_id)id, row->fault, row->err) &&
            legal_possible((enum call_id)id, row->fault, row->err))
            return true;
    }
    return false;
}

static bool row_wanted(const struct narrowing *to, const struct legal_row *row)
{
    if (to == NULL)
        return true;
    if (to->fault != NULL)
        return strcmp(fault_name(row->fault), to->fault) == 0;
    if (to->err > 0)
        return row->fault == FAULT_ERROR && row->err == to->err;
    return any_call_fits(to, row);
}

/* The fault and its rows; the fault is left out where no row is wanted. */
static void list_fault(const struct expr_key *key, const struct narrowing *to)
{
    bool told = to == NULL;
    if (told)
        printf("\n%s%s%s: %s\n", key->name, *key->value ? "=" : "", key->value, key->help);
    for (size_t i = 0; legal_row_at(i) != NULL; i++) {
        const struct legal_row *row = legal_row_at(i);
        if (strcmp(fault_name(row->fault), key->name) != 0 || !row_wanted(to, row))
            continue;
        if (!told)
            printf("\n%s%s%s: %s\n", key->name, *key->value ? "=" : "", key->value, key->help);
        told = true;
        list_row(row);
    }
}

static void list_narrowed(const struct narrowing *to)
{
    puts("A rule is [PROCESS/]CALLS:FAULT[:SELECTOR]..., with =VALUE where there is one; several are joined "
         "by ';'.\n"
         "    receive:short=1                       each receive gets one byte\n"
         "    server/accept:error=EMFILE:when=1..3  server is out of descriptors at its first three accepts\n"
         "CALLS: a call, a family or several of them (sockfault list calls). SELECTORS: FAULT EXPRESSIONS in "
         "sockfault(1).\n"
         "sockfault list faults WORD narrows this list to a call, a family, a fault or an errno.\n");
    puts("T: the result of a correct program is the same as without the fault. H: it may give up, with a "
         "message and a\n"
         "status. The tiers are network, signals, resources and portable (never seen on Linux). Several rows "
         "for one\n"
         "fault are alternatives. Where none fits, a fault is refused, unless the rule says force.");
    for (size_t i = 0; expr_key_at(i) != NULL; i++)
        if (expr_key_at(i)->class == EXPR_FAULT)
            list_fault(expr_key_at(i), to);
}

static void list_faults(void)
{
    list_narrowed(NULL);
}

/* false: it is neither a call nor a family, an error or a fault. */
static bool narrow(const char *word, struct narrowing *ret)
{
    size_t len = strlen(word);
    *ret = (struct narrowing){.call = call_find(word, len), .family = family_find(word, len)};
    ret->err = errno_find(word, len);
    for (size_t i = 0; expr_key_at(i) != NULL; i++)
        if (expr_key_at(i)->class == EXPR_FAULT && strcmp(expr_key_at(i)->name, word) == 0)
            ret->fault = expr_key_at(i)->name;
    return ret->call < CALL_COUNT || ret->family >= 0 || ret->err > 0 || ret->fault != NULL;
}

static void list_errors(void)
{
    printf("%-16s %-41s %s\n", "ERRNO", "MEANING", "CALLS THAT CAN FAIL WITH IT");
    for (int err = 1; err <= LAST_ERRNO; err++) {
        struct paragraph p = paragraph_at(59);
        for (int id = 0; id < CALL_COUNT; id++) {
            if (!legal_possible((enum call_id)id, FAULT_ERROR, err))
                continue;
            if (!p.begun)
                printf("%-16s %-41s ", errno_name(err), strerrordesc_np(err));
            put(&p, call_info((enum call_id)id)->name, " ");
        }
        if (p.begun)
            puts("");
    }
}

static void list_key(const char *name, const char *value, const char *fallback, const char *help)
{
    printf("  %-14s ", name);
    put_text(17, help);
    if (*value)
        printf("%17s%s", "", value);
    if (fallback != NULL)
        printf("%s", strcmp(fallback, "required") == 0 ? "; required" : "; default: ");
    puts(fallback != NULL && strcmp(fallback, "required") != 0 ? fallback : "");
}

static void list_map(enum key_where where)
{
    printf("%s, %s\n", key_where_text(where), key_where_place(where));
    for (size_t i = 0; key_row_at(i) != NULL; i++) {
        const struct key_row *row = key_row_at(i);
        if (row->where == where)
            list_key(row->shown.name, row->shown.value, row->shown.fallback, row->shown.help);
    }
    for (size_t i = 0; where == KEYS_FAULT && expr_key_at(i) != NULL; i++) {
        const struct expr_key *key = expr_key_at(i);
        list_key(key->name, *key->value ? key->value : "true or false", NULL, key->help);
    }
}

static void list_keys(void)
{
    for (int where = 0; where < KEYS_COUNT; where++) {
        printf("%s", where > 0 ? "\n" : "");
        list_map((enum key_where)where);
    }
}

/* What holds is for the judge to say; how it is written, for the table of keys. */
static void list_expectations(void)
{
    static const enum key_where wheres[] = {KEYS_TEXT, KEYS_SERVES, KEYS_ELAPSED, KEYS_BYTES};
    printf("%s, %s\n", key_where_text(KEYS_EXPECT), key_where_place(KEYS_EXPECT));
    for (size_t i = 0; judge_expectation_at(i) != NULL; i++) {
        const struct expectation_info *expectation = judge_expectation_at(i);
        const struct key_row *row = key_find(KEYS_EXPECT, expectation->name);
        if (row != NULL)
            list_key(expectation->name, row->shown.value, row->shown.fallback, expectation->help);
    }
    for (size_t i = 0; i < sizeof wheres / sizeof *wheres; i++) {
        puts("");
        list_map(wheres[i]);
    }
}

static const struct topic {
    const char *name;
    void (*list)(void);
    const char *help;
} topics[] = {
    {"calls", list_calls, "the calls there are, their families, and the errors each can fail with"},
    {"faults", list_faults, "how a rule is written; which faults are possible where, and when"},
    {"model", list_model, "the rows of the fault model by name; with --markdown as tables"},
    {"errors", list_errors, "the errors there are, and the calls that can fail with each"},
    {"expectations", list_expectations, "what a scenario can expect of a process"},
    {"keys", list_keys, "all keys of scenario files"},
};

struct request {
    const struct topic *topic;
    bool schema;
    bool markdown;
    bool narrowed;
    struct narrowing to;
};

static error_t read_word(const struct argp_state *state, struct request *request, const char *word)
{
    if (request->topic->list != list_faults || request->narrowed)
        return cli_wrong(state, "TOPIC", word, request->narrowed ? "one word" : "one topic");
    request->narrowed = narrow(word, &request->to);
    return request->narrowed ? 0
                             : cli_wrong(state, "faults", word,
                                         "a call, a family, a fault or an errno (sockfault list calls)");
}

static error_t read_topic(struct argp_state *state, struct request *request, const char *name)
{
    if (request->topic != NULL)
        return read_word(state, request, name);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        if (strcmp(topics[i].name, name) == 0)
            request->topic = &topics[i];
    return request->topic != NULL
               ? 0
               : cli_wrong(state, "TOPIC", name, "calls, faults, model, errors, expectations or keys");
}

static error_t read_key(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case 's':
        request->schema = true;
        return 0;
    case 'm':
        request->markdown = true;
        return 0;
    case ARGP_KEY_ARG:
        return read_topic(state, request, argument);
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "got no TOPIC, expected calls, faults, model, errors, expectations or keys");
        for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
            fprintf(stderr, "  %-13s %s\n", topics[i].name, topics[i].help);
        return EINVAL;
    case ARGP_KEY_SUCCESS:
        if (request->schema && request->topic->list != list_keys)
            return cli_wrong(state, "--schema", request->topic->name, "keys");
        if (request->markdown && request->topic->list != list_model)
            return cli_wrong(state, "--markdown", request->topic->name, "model");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status print_schema(void)
{
    char *schema = scenario_schema();
    if (schema == NULL) {
        struct diag diag = {0};
        diag_set(&diag, STATUS_TROUBLE, "the schema could not be made");
        cli_say(&diag);
        return STATUS_TROUBLE;
    }
    puts(schema);
    free(schema);
    return STATUS_HELD;
}

enum status command_list(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"schema", 's', NULL, 0, "with keys: the JSON Schema of scenario files", 0},
        {"markdown", 'm', NULL, 0, "with model: tables with everything a row says", 0},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = read_key,
        .args_doc = "calls|model|errors|expectations|keys\nfaults [CALL|FAMILY|FAULT|ERRNO]",
        .doc = "Prints what exists, from the tables that the code uses.",
    };
    struct request request = {0};
    enum cli_next next = cli_parse(&argp, 0, argc, argv, &request);
    if (next != CLI_GO_ON)
        return next == CLI_HELPED ? STATUS_HELD : STATUS_USAGE;
    if (request.schema)
        return print_schema();
    if (request.markdown)
        list_model_markdown();
    else if (request.narrowed)
        list_narrowed(&request.to);
    else
        request.topic->list();
    return STATUS_HELD;
}
