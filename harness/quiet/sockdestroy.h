/* Ending connections from outside: SOCK_DESTROY of sock_diag(7), which needs CAP_NET_ADMIN. */
#ifndef SOCKFAULT_QUIET_SOCKDESTROY_H
#define SOCKFAULT_QUIET_SOCKDESTROY_H

#include <stdbool.h>

/* Every TCP socket of this network namespace, whatever its state: for a namespace of one's own in which
 * nobody runs any more. false: the kernel does not tell of them. That one is not destroyed is not told. */
bool sockdestroy_all(void);

/* Those that go on without a process, which has closed them: TIME_WAIT, FIN_WAIT ... */
bool sockdestroy_closed(void);

#endif
