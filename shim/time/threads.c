/*
 * Starting threads. When a process makes its first one, or its first after a fork, glibc installs its own
 * handler for TIME_SIGNAL. It is replaced before the call returns; until then the calling thread is awake, so
 * that nobody advances the clock and nobody is sent a signal.
 */
#include "shim/intercept/wrappers.h"
#include "shim/state.h"
#include "shim/time/next.h"
#include "shim/time/wait.h"

EXPORTED int wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                 void *(*function)(void *), void *argument) __asm__("pthread_create");
int wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *),
                        void *argument)
{
    int error = next_pthread_create(thread, attributes, function, argument);
    if (shim.is_virtual)
        wait_prepare();
    return error;
}

EXPORTED int wrap_thrd_create(thrd_t *thread, thrd_start_t function, void *argument) __asm__("thrd_create");
int wrap_thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    int result = next_thrd_create(thread, function, argument);
    if (shim.is_virtual)
        wait_prepare();
    return result;
}
