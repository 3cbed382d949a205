/* Being asked to stop, by ^C, SIGTERM or SIGHUP. */
#ifndef SOCKFAULT_INTERRUPT_H
#define SOCKFAULT_INTERRUPT_H

/*
 * From now on the first of these signals is noted where the result points to (0: none has come); a second ^C
 * ends the harness where it stands, and the guardians then end the rest. What was ignored stays ignored, but
 * for SIGTERM: a shell without job control starts what is in the background with ^C ignored.
 */
const volatile int *interrupt_catch(void);

#endif
