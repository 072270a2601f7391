/// Child processes that never outlive this process.
#ifndef WPEX_CHILD_PROCESS_H
#define WPEX_CHILD_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Maximum number of descriptors that a child can inherit besides its standard ones.
enum { CHILD_MOST_INHERITED = 6 };

/// Starts `path` in its own process group, with standard input from `/dev/null`. The kernel kills the child when the
/// calling thread ends, so that thread must live at least as long. `inherited` become its descriptors 3, 4, and so on.
/// Returns 0 or an errno, and stores the process id in `child`.
int child_start(const char *path, char *const _Nullable *_Nonnull arguments,
                char *const _Nullable *_Nonnull environment, int output, int errors, const int *_Nullable inherited,
                int count, pid_t *child);

/// Creates a memory file with these bytes, accessible only to its owner, sealed against changes, and never on disk.
/// Returns its descriptor, or -1 if the kernel refuses.
int child_memory_file(const uint8_t *bytes, size_t length);

/// Returns 1 while the child runs; 0 if it has ended, with the status of wait(2) in `status`; a negative errno if it is
/// not a child.
int child_poll(pid_t child, int *status);

/// Whether the child has ended. It is not reaped: its status remains available, and its process id is not reused yet.
int child_has_ended(pid_t child);

/// Creates a pipe that children do not inherit by default. Returns 0 or an errno.
int child_pipe(int *reader, int *writer);

#pragma clang assume_nonnull end

#endif
