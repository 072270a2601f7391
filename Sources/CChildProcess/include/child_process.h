/// Starts children that never outlive this process.
#ifndef WPEX_CHILD_PROCESS_H
#define WPEX_CHILD_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Starts `path`. The kernel kills the child when the calling thread ends, so that it must be called from a thread that
/// lives as long as this process. Its standard error goes to `log`; `inherited` becomes its descriptor 3.
/// Returns 0, or an errno; the child's number goes to `child`.
int child_start(const char *path, char *const _Nullable *_Nonnull arguments, char *const _Nullable *_Nonnull environment,
                int log, int inherited, pid_t *child);

/// A file of memory with these bytes, sealed: nobody can change it, and nothing of it is on any disk. -1 where the kernel
/// refuses.
int child_memory_file(const uint8_t *bytes, size_t length);

/// 1 while the child runs; 0 when it has ended, and then `status` is wait(2)'s; a negative errno where it is no child.
int child_poll(pid_t child, int *status);

#pragma clang assume_nonnull end

#endif
