// Makes recvmmsg fail with EPERM in one program, as long as the file that WPEX_TEST_REFUSAL names exists.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int recvmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
  static int (*original)(int, struct mmsghdr *, unsigned, int, struct timespec *);
  if (!original)
    original = (int (*)(int, struct mmsghdr *, unsigned, int, struct timespec *))dlsym(RTLD_NEXT, "recvmmsg");
  const char *path = getenv("WPEX_TEST_REFUSAL");
  if (path && access(path, F_OK) == 0) {
    errno = EPERM;
    return -1;
  }
  return original(socket, messages, count, flags, timeout);
}
