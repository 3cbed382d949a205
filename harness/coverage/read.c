#include "harness/coverage/coverage.h"
#include "harness/coverage/run_tool.h"
#include "harness/phrase.h"
#include "harness/text.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files of counts, as arguments behind gcov's own. */
struct counts {
    const char **argv;
    size_t count;
    const char *folder;
    struct coverage *coverage;
};

static bool has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path), part = strlen(ending);
    return len > part && strcmp(path + len - part, ending) == 0;
}

/* The compiler put its notes where the counts would have been written to. */
static bool link_notes(const struct counts *counts, const char *path)
{
    int stem = (int)(strlen(path) - strlen(".gcda"));
    char *link = text_format("%.*s.gcno", stem, path);
    char *notes = link == NULL ? NULL : strdup(link + strlen(counts->folder));
    bool there = notes != NULL && access(notes, R_OK) == 0;
    if (there)
        there = symlink(notes, link) == 0 || errno == EEXIST;
    else if (notes != NULL)
        phrase_append(&counts->coverage->warnings, "\n", "coverage: there are no notes %s", notes);
    free(notes);
    free(link);
    return there;
}

static bool add(struct counts *counts, const char *path)
{
    const char **grown = realloc(counts->argv, (counts->count + 2) * sizeof *grown);
    char *copy = grown == NULL ? NULL : strdup(path);
    if (grown != NULL)
        counts->argv = grown;
    if (copy == NULL)
        return false;
    grown[counts->count++] = copy;
    grown[counts->count] = NULL;
    return true;
}

static int by_name(const FTSENT **one, const FTSENT **other)
{
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

static bool find_counts(struct counts *counts)
{
    char *const roots[] = {(char *)counts->folder, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    bool found = walk != NULL;
    for (FTSENT *entry; found && (entry = fts_read(walk)) != NULL;)
        if (entry->fts_info == FTS_F && has_ending(entry->fts_path, ".gcda") &&
            link_notes(counts, entry->fts_path))
            found = add(counts, entry->fts_path);
    if (walk != NULL)
        fts_close(walk);
    return found;
}

enum { OWN_ARGUMENTS = 4 };

bool coverage_read(const char *gcov, const char *folder, unsigned char by, struct coverage *coverage,
                   struct diag *diag)
{
    const char *const own[OWN_ARGUMENTS] = {gcov, "--json-format", "--stdout", "--branch-probabilities"};
    struct counts counts = {.folder = folder, .coverage = coverage};
    char *text = NULL;
    size_t len = 0;
    bool read = true;
    for (size_t i = 0; i < OWN_ARGUMENTS; i++)
        read = read && add(&counts, own[i]);
    read = read && (access(folder, F_OK) != 0 || find_counts(&counts));
    if (!read)
        diag_set(diag, STATUS_TROUBLE, "%s cannot be read: %s", folder, strerror(errno));
    if (read && counts.count > OWN_ARGUMENTS)
        read = tool_run(counts.argv, &text, &len, diag) && coverage_parse(text, len, by, coverage, diag);
    for (size_t i = 0; i < counts.count; i++)
        free((char *)counts.argv[i]);
    free(counts.argv);
    free(text);
    return read;
}
