/// Starts children that never outlive this process.
#ifndef WPEX_CHILD_PROCESS_H
#define WPEX_CHILD_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Descriptors that a child can inherit besides its standard ones.
enum { CHILD_MOST_INHERITED = 6 };

/// Starts `path` in a process group of its own, with nothing to read on its standard input. The kernel kills the child when
/// the calling thread ends, so that the thread must live at least as long. `inherited` become its descriptors 3, 4, and so on.
/// Returns 0, or an errno; the child's number goes to `child`.
int child_start(const char *path, char *const _Nullable *_Nonnull arguments,
                char *const _Nullable *_Nonnull environment, int output, int errors, const int *_Nullable inherited,
                int count, pid_t *child);

/// A file of memory with these bytes, its owner's alone and sealed: nobody can change it, and nothing of it is on any disk. -1 where the kernel
/// refuses.
int child_memory_file(const uint8_t *bytes, size_t length);

/// 1 while the child runs; 0 when it has ended, and then `status` is wait(2)'s; a negative errno where it is not a child.
int child_poll(pid_t child, int *status);

/// Whether the child has ended. It can still be asked for its status, and its number is not given to another process yet.
int child_has_ended(pid_t child);

/// A pipe that children do not inherit by themselves. Returns 0, or an errno.
int child_pipe(int *reader, int *writer);

#pragma clang assume_nonnull end

#endif
