/* Selectors: which calls a rule is about. Part of deciding (decide.h), and pure as that is. */
#ifndef SOCKFAULT_MODEL_SELECT_H
#define SOCKFAULT_MODEL_SELECT_H

#include "shim/model/decide.h"

/*
 * Where a call stands to a rule. BEFORE: everything fits but that the bytes of `after` have not gone yet.
 */
enum selection { SELECT_NOT, SELECT_BEFORE, SELECT_FITS };

/* All selectors but `when`, `chance` and `times`. A rule that sleeps is awoken here, when its turn has come.
 */
enum selection select_call(struct board *board, uint32_t index, const struct query *query);

/* Whether it is a call that the rule names, whatever its other selectors say. */
bool select_apart(const struct board *board, uint32_t index, const struct query *query);

/*
 * Whether rules speak of the call at all, unless they name its descriptor: read(2), write(2) and sendfile(2)
 * serve files and pipes as well, and those are none of a rule's business.
 */
bool select_concerns(enum call_id call, bool is_socket);

/* Who shares a count with this call, as far as the rule's scope goes. */
uint64_t select_scope(enum rule_scope scope, const struct query *query);

#endif
