#include "shim/intercept/environment.h"
#include "shim/state.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[KEPT_COUNT] = {
    [KEPT_PRELOAD] = "LD_PRELOAD", [KEPT_BOARD] = "SOCKFAULT_BOARD", [KEPT_PROCESS] = "SOCKFAULT_PROCESS",
    [KEPT_RULES] = "SOCKFAULT",    [KEPT_TRACE] = "SOCKFAULT_TRACE", [KEPT_SEED] = "SOCKFAULT_SEED",
};

/* Appends one name to text, from the root where it is relative to the folder we are in. false: no room. */
static bool append_absolute(char *text, size_t size, const char *name, size_t len)
{
    size_t used = strlen(text);
    bool relative = len > 0 && name[0] != '/' && memchr(name, '/', len);
    if (relative && name[0] == '.' && name[1] == '/') {
        name += 2;
        len -= 2;
    }
    if (relative && (!getcwd(text + used, size - used) || strlen(text) + 2 > size))
        return false;
    if (relative)
        strcat(text, "/");
    used = strlen(text);
    if (used + len + 2 > size)
        return false;
    memcpy(text + used, name, len);
    text[used + len] = '\0';
    return true;
}

static void settle_trace(void)
{
    const char *name = getenv("SOCKFAULT_TRACE");
    char text[4096] = "", dotted[4096];
    if (!name || !*name || *name == '/' || strlen(name) + 3 > sizeof dotted)
        return;
    strcat(strcpy(dotted, "./"), name);
    if (append_absolute(text, sizeof text, dotted, strlen(dotted)))
        setenv("SOCKFAULT_TRACE", text, 1);
}

/* A list, divided by colons or blanks; names without a slash are searched for by ld.so, and stay. */
static void settle_preload(void)
{
    const char *list = getenv("LD_PRELOAD");
    char text[4096] = "";
    for (const char *name = list; name && *name;) {
        size_t len = strcspn(name, ": ");
        if (!append_absolute(text, sizeof text, name, len))
            return;
        name += len;
        for (; *name == ':' || *name == ' '; name++)
            if (name[1] && name[1] != ':' && name[1] != ' ')
                strcat(text, ":");
    }
    if (list && strcmp(text, list) != 0)
        setenv("LD_PRELOAD", text, 1);
}

void environment_keep(void)
{
    settle_trace();
    settle_preload();
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
