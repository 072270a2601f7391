#define _GNU_SOURCE
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// From linux/landlock.h, whose Debian 12 version ends before rules for ports and scopes.
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_RESTRICT_SELF 446
#define LANDLOCK_VERSION 1u
#define RULE_PATH 1
#define RULE_PORT 2
#define PORT_BIND (1ull << 0)
#define PORT_CONNECT (1ull << 1)
#define SCOPE_ABSTRACT_SOCKETS (1ull << 0)
#define SCOPE_SIGNALS (1ull << 1)

#define FILE_EXECUTE (1ull << 0)
#define FILE_WRITE (1ull << 1)
#define FILE_READ (1ull << 2)
#define FOLDER_READ (1ull << 3)
#define FOLDER_REMOVE_FILE (1ull << 5)
#define FOLDER_MAKE_FILE (1ull << 8)
#define FOLDER_MAKE_SOCKET (1ull << 9)
#define FILE_TRUNCATE (1ull << 14)
// All rights of the first version; those of later ones follow.
#define RIGHTS_OF_VERSION_1 ((1ull << 13) - 1)
#define RIGHT_REFER (1ull << 13)
#define RIGHT_DEVICE_CONTROL (1ull << 15)

struct ruleset {
  uint64_t files;
  uint64_t ports;
  uint64_t scopes;
};

struct path_rule {
  uint64_t rights;
  int32_t parent;
} __attribute__((packed));

struct port_rule {
  uint64_t rights;
  uint64_t port;
};

int child_landlock_version(void) {
  long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
  return version < 0 ? 0 : (int)version;
}

static struct ruleset handled(int version) {
  struct ruleset rules = {.files = RIGHTS_OF_VERSION_1};
  if (version >= 2) rules.files |= RIGHT_REFER;
  if (version >= 3) rules.files |= FILE_TRUNCATE;
  if (version >= 4) rules.ports = PORT_BIND | PORT_CONNECT;
  if (version >= 5) rules.files |= RIGHT_DEVICE_CONTROL;
  if (version >= 6) rules.scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
  return rules;
}

static uint64_t rights(enum child_access access, int is_folder) {
  uint64_t file = FILE_READ, folder = FOLDER_READ;
  if (access == CHILD_EXECUTES) file |= FILE_EXECUTE;
  if (access == CHILD_WRITES) {
    file |= FILE_WRITE | FILE_TRUNCATE;
    // No links, devices and folders: other processes read files there.
    folder |= FOLDER_REMOVE_FILE | FOLDER_MAKE_FILE | FOLDER_MAKE_SOCKET;
  }
  return is_folder ? file | folder : file;
}

static int allow_path(int ruleset, const struct ruleset *rules, const struct child_path *place) {
  int parent = open(place->path, O_PATH | O_CLOEXEC);
  if (parent < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
  struct stat status;
  if (fstat(parent, &status) != 0) return -1;
  struct path_rule rule = {.rights = rights(place->access, S_ISDIR(status.st_mode)) & rules->files, .parent = parent};
  int result = (int)syscall(LANDLOCK_ADD_RULE, ruleset, RULE_PATH, &rule, 0);
  close(parent);
  return result;
}

static int allow_port(int ruleset, uint64_t right, uint16_t port) {
  struct port_rule rule = {.rights = right, .port = port};
  return (int)syscall(LANDLOCK_ADD_RULE, ruleset, RULE_PORT, &rule, 0);
}

static int confine_files(const struct child_confinement *confinement) {
  int version = child_landlock_version();
  // Without Landlock, the filter of system calls is all that there is.
  if (version == 0) return 0;
  struct ruleset rules = handled(version);
  size_t size = version >= 6 ? sizeof rules : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
  int ruleset = (int)syscall(LANDLOCK_CREATE_RULESET, &rules, size, 0);
  if (ruleset < 0) return -1;
  for (int index = 0; index < confinement->count; index++) {
    if (allow_path(ruleset, &rules, &confinement->paths[index]) != 0) return -1;
  }
  if (version >= 4) {
    if (allow_port(ruleset, PORT_BIND, confinement->port) != 0) return -1;
    // A resolver answers over TCP if its answer is too long for UDP.
    if (allow_port(ruleset, PORT_CONNECT, 53) != 0) return -1;
  }
  int result = (int)syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0);
  close(ruleset);
  return result;
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define CALL_OFFSET offsetof(struct seccomp_data, nr)
// The lower half of an argument, on machines with the lowest byte first.
#define ARGUMENT(index) (offsetof(struct seccomp_data, args) + 8 * (index))
#define REFUSED(code) (SECCOMP_RET_ERRNO | (code))

enum { MOST_INSTRUCTIONS = 256 };

struct program {
  struct sock_filter code[MOST_INSTRUCTIONS];
  unsigned short length;
};

static void put(struct program *program, uint16_t code, uint8_t yes, uint8_t no, uint32_t value) {
  if (program->length < MOST_INSTRUCTIONS) {
    program->code[program->length++] = (struct sock_filter){.code = code, .jt = yes, .jf = no, .k = value};
  }
}

static void load(struct program *program, uint32_t offset) { put(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }
static void answer(struct program *program, uint32_t value) { put(program, BPF_RET | BPF_K, 0, 0, value); }

static void refuse(struct program *program, uint32_t call, uint32_t code) {
  put(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call);
  answer(program, REFUSED(code));
}

/// Refuses a call unless the argument has one of the values.
static void refuse_unless(struct program *program, uint32_t call, int argument, const uint32_t *values, int count,
                          uint32_t code) {
  put(program, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(count + 3), call);
  load(program, ARGUMENT(argument));
  for (int index = 0; index < count; index++) {
    put(program, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(count - index), 0, values[index]);
  }
  answer(program, REFUSED(code));
  answer(program, SECCOMP_RET_ALLOW);
}

// Numbers of calls that are newer than some headers, the same on all machines.
enum later_call {
  PIDFD_SEND_SIGNAL = 424,
  IO_URING_SETUP,
  IO_URING_ENTER,
  IO_URING_REGISTER,
  OPEN_TREE,
  MOVE_MOUNT,
  FSOPEN,
  PIDFD_GETFD = 438,
  PROCESS_MADVISE = 440,
  MOUNT_SETATTR = 442,
};

// Calls that reach into other processes, change the system, or are a large surface of the kernel.
static const uint32_t forbidden[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_userfaultfd,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_personality,
    SYS_vhangup,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    PIDFD_SEND_SIGNAL,
    IO_URING_SETUP,
    IO_URING_ENTER,
    IO_URING_REGISTER,
    OPEN_TREE,
    MOVE_MOUNT,
    FSOPEN,
    PIDFD_GETFD,
    PROCESS_MADVISE,
    MOUNT_SETATTR,
};

static int confine_calls(void) {
#ifdef ARCHITECTURE
  uint32_t own[] = {0, (uint32_t)getpid()};
  static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6};
  struct program program;
  program.length = 0;
  load(&program, offsetof(struct seccomp_data, arch));
  put(&program, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
  answer(&program, SECCOMP_RET_KILL_PROCESS);
  load(&program, CALL_OFFSET);
#ifdef __x86_64__
  // Numbers of the x32 ABI would pass by the others.
  put(&program, BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000);
  answer(&program, REFUSED(ENOSYS));
#endif
  for (size_t index = 0; index < sizeof forbidden / sizeof *forbidden; index++)
    refuse(&program, forbidden[index], EPERM);
  // It cannot see the flags of clone3; libraries then use clone.
  refuse(&program, SYS_clone3, ENOSYS);
  refuse_unless(&program, SYS_kill, 0, own + 1, 1, EPERM);
  refuse_unless(&program, SYS_tgkill, 0, own + 1, 1, EPERM);
  refuse(&program, SYS_tkill, EPERM);
  refuse_unless(&program, SYS_rt_sigqueueinfo, 0, own + 1, 1, EPERM);
  refuse_unless(&program, SYS_rt_tgsigqueueinfo, 0, own + 1, 1, EPERM);
  refuse_unless(&program, SYS_prlimit64, 0, own, 2, EPERM);
  refuse_unless(&program, SYS_socket, 0, families, 3, EAFNOSUPPORT);
  // No namespaces.
  put(&program, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_clone);
  load(&program, ARGUMENT(0));
  put(&program, BPF_JMP | BPF_JSET | BPF_K, 0, 1,
      CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP);
  answer(&program, REFUSED(EPERM));
  answer(&program, SECCOMP_RET_ALLOW);
  answer(&program, SECCOMP_RET_ALLOW);
  if (program.length == MOST_INSTRUCTIONS) {
    errno = E2BIG;
    return -1;
  }
  struct sock_fprog filter = {.len = program.length, .filter = program.code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
#else
  return 0;
#endif
}

static int drop_capabilities(void) {
  // What is not in the bounding set cannot come back with the program, even for root. An unprivileged user may not drop
  // there, and cannot gain anything either.
  for (int capability = 0; capability <= 63; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}};
  if (syscall(SYS_capset, &header, none) == 0) return 0;
  // A filter of the service manager may refuse the call to a process that has nothing to drop.
  struct __user_cap_data_struct held[2];
  if (syscall(SYS_capget, &header, held) != 0) return -1;
  return (held[0].permitted | held[1].permitted) == 0 ? 0 : -1;
}

int child_confine(const struct child_confinement *confinement) {
  struct rlimit no_core = {0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  if (confine_files(confinement) != 0) return -1;
  if (drop_capabilities() != 0) return -1;
  return confine_calls();
}
