/*
 * What gcov's runtime calls instead of fcntl() in a submission: its own calls would be seen as the program's.
 * The script `submission` puts this into a copy of libgcov.a.
 */
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

int sockfault_gcov_fcntl(int fd, int command, ...);

__attribute__((visibility("hidden"))) int sockfault_gcov_fcntl(int fd, int command, ...)
{
    va_list list;

    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return (int)syscall(SYS_fcntl, fd, command, argument);
}
