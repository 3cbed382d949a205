/* What makes a wrapper visible; everything else in the library is hidden. */
#ifndef SOCKFAULT_SHIM_WRAPPERS_H
#define SOCKFAULT_SHIM_WRAPPERS_H

#define EXPORTED __attribute__((visibility("default")))

#endif
