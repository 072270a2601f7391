/// Child processes that do not outlive this process unless they are meant to.
#ifndef WPEX_CHILD_PROCESS_H
#define WPEX_CHILD_PROCESS_H

#include <stdbool.h>
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

/// A file or folder that a confined child may use.
struct child_path {
  /// Relative paths begin at the child's working folder. What does not exist is skipped.
  const char *path;
  /// Uses of it.
  enum child_access {
    /// Reads the file, or everything in the folder.
    CHILD_READS,
    /// Also executes what is there.
    CHILD_EXECUTES,
    /// Reads and writes the file or the files of the folder, and makes and removes files and sockets there.
    CHILD_WRITES,
  } access;
};

/// Limits of a child that must not reach more than it needs, whatever it executes. It gains no privilege, loses all
/// capabilities, makes no core dump, and sends no signal to other processes, and is refused system calls that reach into other processes or change the system.
struct child_confinement {
  const struct child_path *paths;
  int count;
  /// TCP port at which the child may listen; it can connect to no TCP port but that of DNS.
  uint16_t port;
};

/// Differences between a child and one of `child_start`.
struct child_options {
  /// Working folder; null for that of this process.
  const char *_Nullable folder;
  /// Whether the child goes on if this process ends, in a session of its own.
  bool outlives;
  /// Confinement; null for none.
  const struct child_confinement *_Nullable confinement;
};

/// Starts a child as `child_start` does, with these differences.
int child_start_with(const char *path, char *const _Nullable *_Nonnull arguments,
                     char *const _Nullable *_Nonnull environment, int output, int errors,
                     const int *_Nullable inherited, int count, const struct child_options *options, pid_t *child);

/// Returns the version of the kernel's Landlock, which confines what files a child reaches; 0 if the kernel lacks it.
int child_landlock_version(void);

/// Returns a descriptor of a process, which need not be a child, or a negative errno. It is readable once the process has
/// ended.
int child_process_descriptor(pid_t process);

/// Returns the process that listens at the Unix socket `name` of a folder, or a negative errno.
pid_t child_listener(const char *folder, const char *name);

/// Sends a signal to the process of a descriptor, if it still runs. Returns 0 or an errno.
int child_signal(int descriptor, int number);

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
