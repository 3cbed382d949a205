/*
 * `wrap --control`: a thread that answers at a socket while the program runs. The protocol is told in
 * request.h.
 */
#ifndef SOCKFAULT_CONTROL_H
#define SOCKFAULT_CONTROL_H

#include "harness/control/book.h"
#include "harness/control/endpoint.h"

struct control;

/* Makes the socket and listens: who connects now is answered once control_start was called. NULL with *diag.
 */
struct control *control_open(const char *path, struct diag *diag);

/* What is to be removed when this process is killed. */
const struct control_endpoint *control_endpoint(const struct control *control);

/* Starts answering; after all forks, which a thread would not survive. The book is the thread's until
 * control_end. */
bool control_start(struct control *control, struct book *book, struct diag *diag);

/* Removes the socket, answers or refuses what has been asked, ends the thread and frees it. NULL: nothing. */
void control_end(struct control *control);

#endif
