#define _GNU_SOURCE
#include "child_process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and exec only calls that are safe in a signal handler: another thread may hold any lock.
static void become(const char *path, char *const *arguments, char *const *environment, int log, int inherited,
                   pid_t parent, int report) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A group of its own: Ctrl-C reaches the parent alone, which ends its children in order.
  setpgid(0, 0);
  if (getppid() == parent) {
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    if (inherited >= 0) {
      if (inherited == 3) fcntl(3, F_SETFD, 0);
      else dup2(inherited, 3);
    }
    execve(path, arguments, environment);
  }
  int error = errno;
  if (write(report, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

int child_start(const char *path, char *const *arguments, char *const *environment, int log, int inherited, pid_t *child) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return errno;
  // Descriptor 3 is the inherited one's in the child.
  int report = fcntl(pipe_ends[1], F_DUPFD_CLOEXEC, 10);
  int quiet = fcntl(log, F_DUPFD_CLOEXEC, 10);
  int memory = inherited >= 0 ? fcntl(inherited, F_DUPFD_CLOEXEC, 10) : -1;
  close(pipe_ends[1]);
  pid_t parent = getpid();
  pid_t made = report >= 0 && quiet >= 0 ? fork() : -1;
  if (made == 0) become(path, arguments, environment, quiet, memory, parent, report);
  int error = made < 0 ? errno : 0;
  close(report);
  close(quiet);
  if (memory >= 0) close(memory);
  if (made > 0) {
    int reported = 0;
    ssize_t count;
    while ((count = read(pipe_ends[0], &reported, sizeof reported)) < 0 && errno == EINTR) {}
    if (count == (ssize_t)sizeof reported) {
      error = reported;
      waitpid(made, NULL, 0);
    }
  }
  close(pipe_ends[0]);
  *child = made;
  return error;
}

int child_memory_file(const uint8_t *bytes, size_t length) {
  int file = memfd_create("wpex-identity", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  for (size_t written = 0; written < length;) {
    ssize_t count = write(file, bytes + written, length - written);
    if (count <= 0) {
      close(file);
      return -1;
    }
    written += (size_t)count;
  }
  fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

int child_poll(pid_t child, int *status) {
  pid_t ended = waitpid(child, status, WNOHANG);
  if (ended == 0) return 1;
  return ended == child ? 0 : -errno;
}
