/* Output of a process, read from a pipe and kept up to a limit. */
#ifndef SOCKFAULT_RUN_STREAM_H
#define SOCKFAULT_RUN_STREAM_H

#include "harness/run/run.h"

/*
 * Reads what is there without waiting. What goes beyond `limit` bytes is thrown away and `cut` set. Closes
 * the descriptor at its end. At most some 16 MiB a call, so that one that never stops writing does not keep
 * us.
 */
void stream_read(struct stream *stream, uint64_t limit);

void stream_close(struct stream *stream);

#endif
