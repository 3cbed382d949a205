#include "shim/intercept/environment.h"
#include "shim/state.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[KEPT_COUNT] = {
    [KEPT_PRELOAD] = "LD_PRELOAD", [KEPT_BOARD] = "SOCKFAULT_BOARD", [KEPT_PROCESS] = "SOCKFAULT_PROCESS",
    [KEPT_RULES] = "SOCKFAULT",    [KEPT_TRACE] = "SOCKFAULT_TRACE", [KEPT_SEED] = "SOCKFAULT_SEED",
};

void environment_keep(void)
{
    for (int i = 0; i < KEPT_COUNT; i++) {
        struct kept_variable *kept = &shim.kept[i];
        const char *value = getenv(names[i]);
        kept->name = names[i];
        size_t name_len = strlen(names[i]), len = value ? strlen(value) : 0;
        if (!value || name_len + 1 + len >= sizeof kept->setting)
            continue;
        memcpy(kept->setting, names[i], name_len);
        kept->setting[name_len] = '=';
        memcpy(kept->setting + name_len + 1, value, len + 1);
    }
}

static bool sets(const char *entry, const char *name)
{
    size_t len = strlen(name);
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static char *const *entry_of(char *const envp[], const char *name)
{
    for (char *const *entry = envp; entry && *entry; entry++)
        if (sets(*entry, name))
            return entry;
    return NULL;
}

bool environment_is_whole(char *const envp[])
{
    for (int i = 0; i < KEPT_COUNT; i++) {
        char *const *entry = entry_of(envp, names[i]);
        const char *ours = shim.kept[i].setting;
        if (ours[0] && (!entry || (i == KEPT_PRELOAD && !strstr(*entry, ours + strlen("LD_PRELOAD=")))))
            return false;
    }
    return true;
}

size_t environment_room(char *const envp[], size_t *ret_text)
{
    size_t count = KEPT_COUNT + 1;
    char *const *preload = entry_of(envp, "LD_PRELOAD");
    for (char *const *entry = envp; entry && *entry; entry++)
        count++;
    *ret_text = (preload ? strlen(*preload) : 0) + strlen(shim.kept[KEPT_PRELOAD].setting) + 2;
    return count;
}

/* The program preloads something itself: what we were loaded with goes in front. */
static char *joined_preload(const char *theirs, char *text)
{
    const char *ours = shim.kept[KEPT_PRELOAD].setting;
    const char *their_value = theirs + strlen("LD_PRELOAD=");
    if (!ours[0] || strstr(theirs, ours + strlen("LD_PRELOAD=")))
        return (char *)theirs;
    strcpy(text, ours);
    if (*their_value) {
        strcat(text, ":");
        strcat(text, their_value);
    }
    return text;
}

void environment_restore(char *const envp[], char **out, char *text)
{
    for (char *const *entry = envp; entry && *entry; entry++)
        *out++ = sets(*entry, "LD_PRELOAD") ? joined_preload(*entry, text) : *entry;
    for (int i = 0; i < KEPT_COUNT; i++)
        if (shim.kept[i].setting[0] && !entry_of(envp, names[i]))
            *out++ = shim.kept[i].setting;
    *out = NULL;
}
