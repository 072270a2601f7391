/// Confinement of a child between fork and exec.
#ifndef WPEX_CONFINEMENT_H
#define WPEX_CONFINEMENT_H

#include "child_process.h"

/// Confines the calling process and everything that it executes. Async-signal-safe. Returns 0, or -1 with errno set.
int child_confine(const struct child_confinement *confinement);

#endif
