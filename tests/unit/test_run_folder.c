#include "harness/run/ground/folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[PATH_MAX];

static void begin(void)
{
    strcpy(base, "/tmp/sockfault-test-XXXXXX");
    cr_assert_not_null(mkdtemp(base));
}

static void finish(void)
{
    cr_expect_eq(rmdir(base), 0, "%s is left over, or has something in it", base);
}

TestSuite(folder, .init = begin, .fini = finish);

static struct folder make(bool keep)
{
    struct folder folder;
    struct diag diag = {0};
    cr_assert(folder_make(base, keep, &folder, &diag), "%s", diag.text);
    return folder;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

Test(folder, is_private)
{
    struct folder folder = make(false);
    struct stat st;
    cr_assert_eq(stat(folder.path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0700);
    folder_remove(&folder);
    cr_expect_not(exists(folder.path));
    cr_expect_eq(folder.lock, -1);
}

static void put(const char *folder, const char *name)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    cr_assert_geq(fd, 0);
    close(fd);
}

Test(folder, is_removed_with_all_that_is_in_it)
{
    struct folder folder = make(false);
    char path[PATH_MAX + 64];
    put(folder.path, "file");
    snprintf(path, sizeof path, "%s/a", folder.path);
    mkdir(path, 0700);
    put(path, "deep");
    strcat(path, "/b");
    mkdir(path, 0700);
    put(path, "deeper");
    chmod(path, 0);
    folder_remove(&folder);
    cr_expect_not(exists(folder.path));
}

/* Folders in folders, so many that no path leads to the last. */
static void nest(const char *path, int depth)
{
    int at = open(path, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < depth; i++) {
        cr_assert_eq(mkdirat(at, "d", 0700), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        cr_assert_geq(next, 0);
        close(at);
        at = next;
    }
    close(at);
}

Test(folder, is_removed_however_deep_it_is)
{
    static const struct rlimit few = {64, 64};
    struct folder folder = make(false);
    char path[PATH_MAX + 64];
    put(folder.path, "deep-0");
    snprintf(path, sizeof path, "%s/deep-1", folder.path);
    mkdir(path, 0700);
    nest(path, 1000);
    nest(folder.path, 5000);
    setrlimit(RLIMIT_NOFILE, &few);
    folder_remove(&folder);
    cr_expect_not(exists(folder.path));
}

Test(folder, removing_does_not_follow_links)
{
    struct folder folder = make(false), other = make(false);
    char path[PATH_MAX + 64];
    put(other.path, "stays");
    snprintf(path, sizeof path, "%s/link", folder.path);
    cr_assert_eq(symlink(other.path, path), 0);
    folder_remove(&folder);
    snprintf(path, sizeof path, "%s/stays", other.path);
    cr_expect(exists(path));
    folder_remove(&other);
}

Test(folder, a_sweep_takes_what_nobody_holds)
{
    struct folder held = make(false), left = make(false);
    folder_release(&left);
    cr_expect_eq(folder_sweep(base), 1);
    cr_expect_not(exists(left.path));
    cr_expect(exists(held.path));
    folder_remove(&held);
}

Test(folder, a_forked_child_holds_it_too)
{
    struct folder folder = make(false);
    int hold[2];
    cr_assert_eq(pipe(hold), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    folder_release(&folder);
    cr_expect_eq(folder_sweep(base), 0);
    cr_expect(exists(folder.path));
    close(hold[1]);
    waitpid(child, NULL, 0);
    cr_expect_eq(folder_sweep(base), 1);
}

Test(folder, what_is_kept_is_not_swept)
{
    struct folder kept = make(true);
    folder_release(&kept);
    cr_expect_eq(folder_sweep(base), 0);
    cr_expect(exists(kept.path));
    cr_assert_eq(rmdir(kept.path), 0);
}

Test(folder, a_sweep_leaves_other_names_alone)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/sockfault-%u", base, (unsigned int)getuid() + 1);
    mkdir(path, 0700);
    cr_expect_eq(folder_sweep(base), 0);
    cr_assert_eq(rmdir(path), 0);
}

Test(folder, the_base_is_where_files_can_be_made)
{
    char found[PATH_MAX];
    struct diag diag = {0};
    setenv("XDG_RUNTIME_DIR", base, 1);
    cr_assert(folder_base(found, &diag));
    cr_expect_str_eq(found, base);
    char blank[PATH_MAX + 64];
    snprintf(blank, sizeof blank, "%s/a b", base);
    mkdir(blank, 0700);
    setenv("XDG_RUNTIME_DIR", blank, 1);
    cr_assert(folder_base(found, &diag));
    cr_expect_str_neq(found, blank, "the name of a link in there could not stand in LD_PRELOAD");
    rmdir(blank);
    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    cr_assert(folder_base(found, &diag));
    cr_expect_str_neq(found, "/nonexistent");
}
