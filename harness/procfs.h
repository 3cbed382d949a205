/* What /proc (proc(5)) says of processes. Read by walking: the files are few in a PID namespace of our own.
 */
#ifndef SOCKFAULT_RUN_PROCFS_H
#define SOCKFAULT_RUN_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_entry {
    pid_t pid, parent;
    char state; /* R S D T Z ... */
};

/* All processes that could be seen, at about one moment. */
struct proc_table {
    struct proc_entry *items;
    size_t count;
};

/* Reads it anew into *table (zeroed before the first use). false: /proc cannot be read. */
bool proc_table_read(struct proc_table *table);
void proc_table_free(struct proc_table *table);

/* Whether pid is `ancestor` itself or one of its children, their children ... by the parents in the table. */
bool proc_descends(const struct proc_table *table, pid_t pid, pid_t ancestor);

/* Processes below `ancestor` that have ended and were not waited for. */
int proc_zombies(const struct proc_table *table, pid_t ancestor);

/* Whether every thread of the process sleeps in the kernel (or has ended); false also when it cannot be seen.
 */
bool proc_asleep(pid_t pid);

/* How many descriptors are open in it, or -1. */
int proc_fd_count(pid_t pid);

/* "0 -> /dev/null, 1 -> pipe:[1]", malloc'd; NULL when it cannot be read. */
char *proc_fd_list(pid_t pid);

/* Whether it is one of those, which end with 0; NULL: nobody is. */
bool proc_among(const pid_t *pids, pid_t pid);

/* Whether all processes that can be seen are we ourselves and those: true only when it is certain. */
bool proc_alone(const pid_t *others);

/* The number of the system call a thread is in, -1 when it runs, -2 when it cannot be seen. */
int proc_syscall(pid_t pid, pid_t tid);

/* Calls one() with every number that names an entry of the directory. false: it cannot be read. */
bool proc_each_number(const char *path, void (*one)(void *context, int number), void *context);

#endif
