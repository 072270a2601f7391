#define _GNU_SOURCE
#include "child_process.h"
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and exec, only async-signal-safe calls are allowed: another thread may hold any lock.
static void become(const char *path, char *const *arguments, char *const *environment, int output, int errors,
                   const int *inherited, int count, const struct child_options *options, pid_t parent, int report) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  if (options->outlives) {
    // A terminal that closes must not end it either.
    setsid();
  } else {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A process group of its own: Ctrl-C reaches only the parent, which then ends its children in order.
    setpgid(0, 0);
  }
  if (options->outlives || getppid() == parent) {
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(output, 1);
    dup2(errors, 2);
    // The descriptors are above their targets, so none is overwritten.
    for (int index = 0; index < count; index++) dup2(inherited[index], 3 + index);
    // Marks descriptors that other libraries opened without FD_CLOEXEC. Old kernels lack the call, and the child then
    // inherits them.
    close_range((unsigned)(3 + count), ~0U, CLOSE_RANGE_CLOEXEC);
    int is_ready = options->folder == NULL || chdir(options->folder) == 0;
    if (is_ready && options->confinement != NULL) is_ready = child_confine(options->confinement) == 0;
    if (is_ready) execve(path, arguments, environment);
  }
  int error = errno;
  if (write(report, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

static int above_inherited(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3 + CHILD_MOST_INHERITED); }

int child_start(const char *path, char *const *arguments, char *const *environment, int output, int errors,
                const int *inherited, int count, pid_t *child) {
  const struct child_options options = {0};
  return child_start_with(path, arguments, environment, output, errors, inherited, count, &options, child);
}

int child_start_with(const char *path, char *const *arguments, char *const *environment, int output, int errors,
                     const int *inherited, int count, const struct child_options *options, pid_t *child) {
  if (count < 0 || count > CHILD_MOST_INHERITED) return EINVAL;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return errno;
  // The child's descriptors from 3 on are reserved for inherited ones.
  int report = above_inherited(pipe_ends[1]);
  int own_output = above_inherited(output);
  int own_errors = above_inherited(errors);
  int own[CHILD_MOST_INHERITED];
  int is_complete = report >= 0 && own_output >= 0 && own_errors >= 0;
  for (int index = 0; index < count; index++) {
    own[index] = above_inherited(inherited[index]);
    if (own[index] < 0) is_complete = 0;
  }
  int error = is_complete ? 0 : errno;
  close(pipe_ends[1]);
  pid_t parent = getpid();
  pid_t made = is_complete ? fork() : -1;
  if (made == 0) become(path, arguments, environment, own_output, own_errors, own, count, options, parent, report);
  if (is_complete && made < 0) error = errno;
  if (report >= 0) close(report);
  if (own_output >= 0) close(own_output);
  if (own_errors >= 0) close(own_errors);
  for (int index = 0; index < count; index++) {
    if (own[index] >= 0) close(own[index]);
  }
  if (made > 0) {
    int reported = 0;
    ssize_t length;
    while ((length = read(pipe_ends[0], &reported, sizeof reported)) < 0 && errno == EINTR) {}
    if (length == (ssize_t)sizeof reported) {
      error = reported;
      waitpid(made, NULL, 0);
    }
  }
  close(pipe_ends[0]);
  *child = made;
  return error;
}

int child_memory_file(const uint8_t *bytes, size_t length) {
  int file = memfd_create("wpex-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  for (size_t written = 0; written < length;) {
    ssize_t count = write(file, bytes + written, length - written);
    if (count <= 0) {
      close(file);
      return -1;
    }
    written += (size_t)count;
  }
  // ssh rejects a key whose mode lets others read it.
  fchmod(file, 0600);
  fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

int child_poll(pid_t child, int *status) {
  pid_t ended = waitpid(child, status, WNOHANG);
  if (ended == 0) return 1;
  return ended == child ? 0 : -errno;
}

int child_has_ended(pid_t child) {
  siginfo_t ended = {0};
  if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) return 1;
  return ended.si_pid == child;
}

int child_pipe(int *reader, int *writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  *reader = ends[0];
  *writer = ends[1];
  return 0;
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

int child_process_descriptor(pid_t process) {
  long descriptor = syscall(SYS_pidfd_open, process, 0);
  return descriptor < 0 ? -errno : (int)descriptor;
}

int child_signal(int descriptor, int number) {
  return syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0) == 0 ? 0 : errno;
}

pid_t child_listener(const char *folder, const char *name) {
  int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return -errno;
  // The path of the folder may be longer than a socket's address.
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", at, name);
  int channel = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct ucred peer = {0};
  socklen_t size = sizeof peer;
  pid_t found;
  if (length < 0 || (size_t)length >= sizeof address.sun_path || channel < 0) {
    found = -ENAMETOOLONG;
  } else if (connect(channel, (struct sockaddr *)&address, sizeof address) != 0 ||
             getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    found = -errno;
  } else {
    // It runs in another namespace of processes if it has no number in this one.
    found = peer.pid > 0 ? peer.pid : -ESRCH;
  }
  if (channel >= 0) close(channel);
  close(at);
  return found;
}
