#include "harness/sweep/shrink/written.h"
#include "harness/scenario/document.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

/* A text in the making. */
struct writing {
    const struct experiment *experiment;
    const struct shrunk *shrunk;
    FILE *to;
};

/* A scalar in double quotes. */
static void put_quoted(FILE *to, const char *text)
{
    putc('"', to);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(to, "\\%c", byte);
        else if (byte < ' ' || byte == 0x7f)
            fprintf(to, "\\x%02x", byte);
        else
            putc(byte, to);
    }
    putc('"', to);
}

static void write_matrix(const struct writing *w)
{
    fputs("matrix:\n", w->to);
    for (size_t i = 0; i < w->experiment->matrix_count; i++) {
        const struct variable *parameter = &w->experiment->matrix[i];
        fprintf(w->to, "  %s: [", parameter->name);
        put_quoted(w->to, parameter->value);
        fputs("]\n", w->to);
    }
}

/* "# client.c:88: the 3rd recv on connection 1 of client fails with EINTR" */
static void write_comment(const struct writing *w, const struct choice_made *choice)
{
    char *sentence = choice_sentence(choice);
    fputs("  # ", w->to);
    text_escape(w->to, choice->site, strlen(choice->site), false);
    fprintf(w->to, ": %s\n", sentence == NULL ? "" : sentence);
    free(sentence);
}

static bool write_faults(const struct writing *w, const struct choice_rules *rules)
{
    const struct shrunk *shrunk = w->shrunk;
    fprintf(w->to, "faults: # %zu of the %zu single faults that rules decided on\n",
            ddmin_size(shrunk->kept, shrunk->choices.count), shrunk->choices.count);
    for (size_t i = 0; i < rules->count; i++) {
        for (size_t k = 0; k < shrunk->choices.count; k++)
            if (shrunk->kept[k] && rules->rule_of[k] == i)
                write_comment(w, &shrunk->choices.items[k]);
        fputs("  - ", w->to);
        put_quoted(w->to, rules->items[i].text);
        putc('\n', w->to);
    }
    return true;
}

/* Where the line that a key stands in begins. */
static size_t line_start(const char *text, size_t offset)
{
    while (offset > 0 && text[offset - 1] != '\n')
        offset--;
    return offset;
}

/* Where the top level's key after `i` begins, or the end of the file. */
static size_t entry_end(const struct document *document, size_t i)
{
    const struct node *root = document->root;
    size_t from = root->keys[i]->offset, end = document->source.len;
    for (size_t k = 0; k < root->count; k++)
        if (root->keys[k]->offset > from && root->keys[k]->offset < end)
            end = root->keys[k]->offset;
    return end;
}

/* Comments and empty lines before the next key are about that. */
static size_t content_end(const struct document *document, size_t i)
{
    const char *text = document->source.text;
    size_t end = entry_end(document, i);
    while (end > document->root->keys[i]->offset) {
        size_t start = line_start(text, end - 1);
        size_t blanks = strspn(text + start, " \t");
        bool about_next = text[start] == '#' || text[start + blanks] == '\n';
        if (start <= document->root->keys[i]->offset || !about_next)
            break;
        end = start;
    }
    return end;
}

static bool is_plain(const struct document *document)
{
    const struct node *root = document->root;
    bool plain = root->kind == NODE_MAP;
    for (size_t i = 0; plain && i < root->count; i++)
        plain = root->keys[i]->column == 1 &&
                line_start(document->source.text, root->keys[i]->offset) == root->keys[i]->offset;
    return plain;
}

static bool write_all(const struct writing *w, const struct document *document,
                      const struct choice_rules *rules)
{
    const struct node *root = document->root;
    const char *text = document->source.text;
    size_t at = 0;
    for (size_t i = 0; i < root->count; i++) {
        const char *key = root->keys[i]->text;
        bool faults = strcmp(key, "faults") == 0, matrix = strcmp(key, "matrix") == 0;
        if (!faults && !matrix && strcmp(key, "exclude") != 0)
            continue;
        size_t from = root->keys[i]->offset;
        fwrite(text + at, 1, from > at ? from - at : 0, w->to);
        at = content_end(document, i);
        if (faults)
            write_faults(w, rules);
        else if (matrix)
            write_matrix(w);
    }
    fwrite(text + at, 1, document->source.len - at, w->to);
    return !ferror(w->to);
}

static char *write_document(const struct experiment *experiment, const struct shrunk *shrunk,
                            const struct document *document, struct diag *diag)
{
    char *text = NULL;
    size_t size = 0;
    struct choice_rules rules;
    if (!is_plain(document)) {
        diag_at(diag, experiment->file, document->root->line, document->root->column,
                "got keys in braces, expected one key a line, to put other faults in the place of these");
        return NULL;
    }
    if (!choice_rules_make(&shrunk->choices, shrunk->kept, &rules)) {
        diag_set(diag, STATUS_TROUBLE, "no memory for a scenario");
        return NULL;
    }
    struct writing w = {experiment, shrunk, open_memstream(&text, &size)};
    if (rules.count > RULES_MAX)
        diag_set(diag, STATUS_USAGE, "%s: %zu rules are left, and a scenario has %d at most",
                 experiment->file, rules.count, RULES_MAX);
    else if (w.to == NULL || !write_all(&w, document, &rules))
        diag_set(diag, STATUS_TROUBLE, "no memory for a scenario");
    if (w.to != NULL && fclose(w.to) != 0)
        diag_set(diag, STATUS_TROUBLE, "no memory for a scenario");
    choice_rules_free(&rules);
    if (diag_ok(diag))
        return text;
    free(text);
    return NULL;
}

/* The file once more; NULL with *diag. */
static char *read_text(const char *path, size_t *ret_len, struct diag *diag)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(SOURCE_MAX + 1);
    if (file == NULL || text == NULL) {
        diag_set(diag, STATUS_TROUBLE, "%s: %m", path);
        if (file != NULL)
            fclose(file);
        free(text);
        return NULL;
    }
    *ret_len = fread(text, 1, SOURCE_MAX, file);
    text[*ret_len] = '\0';
    fclose(file);
    return text;
}

char *written_scenario(const struct experiment *experiment, const struct shrunk *shrunk, struct diag *diag)
{
    struct source source = {.name = experiment->file};
    struct document document;
    char *before = read_text(experiment->file, &source.len, diag), *text = NULL;
    if (before == NULL)
        return NULL;
    source.text = before;
    if (source_check(&source, diag) && document_read(&source, &document, diag)) {
        text = write_document(experiment, shrunk, &document, diag);
        document_free(&document);
    }
    free(before);
    return text;
}
