// Takes a relay's place, and tries what an attacker would who controls it. Prints a line for each attempt: its name, and the
// error or 0. The file `victims` of the working folder has names and paths of what to read.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, int failed) {
  printf("%s %d\n", name, failed ? errno : 0);
  fflush(stdout);
}

static void open_as(const char *name, const char *path, int flags) {
  int file = open(path, flags, 0600);
  tell(name, file < 0);
  if (file >= 0) close(file);
}

static int bound(int type, unsigned short port) {
  int channel = socket(AF_INET, type, 0);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  setsockopt(channel, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  int result = channel < 0 ? -1 : bind(channel, (struct sockaddr *)&address, sizeof address);
  if (result == 0 && type == SOCK_STREAM) result = listen(channel, 1);
  return result == 0 ? channel : -1;
}

int main(int count, char **arguments) {
  // The port of the statistics, as the daemon gives it.
  unsigned short statistics = 0;
  for (int index = 1; index + 1 < count; index++) {
    if (strcmp(arguments[index], "--stats") == 0)
      statistics = (unsigned short)atoi(strrchr(arguments[index + 1], ':') + 1);
  }
  FILE *victims = fopen("victims", "r");
  char name[64], path[1024], audit[1024] = "", label[80];
  while (victims != NULL && fscanf(victims, "%63s %1023s", name, path) == 2) {
    snprintf(label, sizeof label, "read-%s", name);
    open_as(label, path, O_RDONLY);
    if (strcmp(name, "audit") == 0) strcpy(audit, path);
  }
  open_as("write-audit", audit, O_WRONLY | O_APPEND);
  open_as("own-read", "config.json", O_RDONLY);
  open_as("own-write", "stolen", O_WRONLY | O_CREAT);
  unlink("loot");
  tell("link", link(audit, "loot"));
  unlink("loot");
  tell("symlink", symlink("/etc/shadow", "loot"));
  unlink("loot");
  tell("fifo", mkfifo("loot", 0600));
  unlink("loot");

  int unixes = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un here = {.sun_family = AF_UNIX, .sun_path = "probe.socket"};
  unlink(here.sun_path);
  tell("own-socket", bind(unixes, (struct sockaddr *)&here, sizeof here));
  unlink(here.sun_path);

  // A process of the same user that is not its own.
  int victim = getppid();
  tell("signal", kill(victim, 0));
  tell("self-signal", kill(getpid(), 0));
  tell("ptrace", (int)ptrace(PTRACE_SEIZE, victim, 0, 0));
  char environment[64];
  snprintf(environment, sizeof environment, "/proc/%d/mem", victim);
  open_as("memory", environment, O_RDONLY);
  ptrace(PTRACE_DETACH, victim, 0, 0);

  tell("udp", bound(SOCK_DGRAM, 0) < 0);
  if (statistics != 0) tell("statistics", bound(SOCK_STREAM, statistics) < 0);
  int listener = bound(SOCK_STREAM, 0);
  tell("listen", listener < 0);
  // Nobody has to listen: a refusal of the other side is not one of the kernel.
  struct sockaddr_in other = {
      .sin_family = AF_INET, .sin_port = htons(5432), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int result = connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&other, sizeof other);
  tell("connect", result != 0 && errno != ECONNREFUSED);
  tell("netlink", socket(AF_NETLINK, SOCK_RAW, 0) < 0);
  tell("packets", socket(AF_PACKET, SOCK_RAW, 0) < 0);
  tell("io-uring", syscall(SYS_io_uring_setup, 1, calloc(1, 512)) < 0);
  tell("user-namespace", unshare(CLONE_NEWUSER));
  tell("mount-namespace", unshare(CLONE_NEWNS));
  tell("capability", chroot("/"));

  int child = fork();
  if (child == 0) {
    execl("/bin/true", "true", NULL);
    _exit(errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  tell("execute", errno != 0);
  tell("done", 0);
  if (statistics != 0) pause();
  return 0;
}
