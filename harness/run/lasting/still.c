#include "harness/run/lasting/still.h"

#include "harness/procfs.h"
#include "shim/model/zygote.h"

#include <stdio.h>
#include <string.h>

static void count_one(void *context, int number)
{
    (void)number;
    ++*(int *)context;
}

static bool has_one_thread(pid_t pid)
{
    char path[64];
    int threads = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    return proc_each_number(path, count_one, &threads) && threads == 1;
}

/* Whether all lines of that file of the process are such; false: it cannot be read. */
static bool each_line(pid_t pid, const char *name, bool (*is_right)(const char *line))
{
    char path[64], line[4352];
    bool right = true;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (right && fgets(line, sizeof line, file))
        right = is_right(line);
    fclose(file);
    return right;
}

static bool wrote_nothing(const char *line)
{
    return strncmp(line, "wchar:", 6) != 0 || strcmp(line, "wchar: 0\n") == 0;
}

/* "7f...-7f... rw-s 00000000 00:01 4 /dev/zero (deleted)" */
static bool is_private(const char *line)
{
    char flags[5] = "";
    return sscanf(line, "%*s %4s", flags) == 1 && strlen(flags) == 4 && flags[3] == 'p';
}

static bool is_nothing(const char *line)
{
    return line[0] == '\0';
}

bool stands_still(pid_t pid)
{
    return has_one_thread(pid) && proc_fd_count(pid) == ZYGOTE_LINE + 1 &&
           each_line(pid, "io", wrote_nothing) && each_line(pid, "maps", is_private) &&
           each_line(pid, "timers", is_nothing);
}
