/* From the events of libfyaml to a tree of nodes. Only document.c uses this. */
#ifndef SOCKFAULT_YAML_H
#define SOCKFAULT_YAML_H

#include "harness/scenario/document.h"

/*
 * Reads document->source from byte `skip` on; fills in the root, with memory of the document's pool. false
 * with *diag; the pool is the caller's to free either way.
 */
bool yaml_read(struct document *document, size_t skip, struct diag *diag);

#endif
