#define _GNU_SOURCE
#include "addresses.h"
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static void describe(int descriptor, relay_socket *socket) {
  int value = 0;
  socklen_t size = sizeof value;
  socket->descriptor = descriptor;
  socket->gro = getsockopt(descriptor, SOL_UDP, UDP_GRO, &value, &size) == 0 && value != 0;
  size = sizeof value;
  socket->gso = getsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &value, &size) == 0;
  size = sizeof value;
  // Linux doubles the requested size for its own bookkeeping, and reports the doubled size.
  socket->receive_buffer = getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &value, &size) == 0 ? value / 2 : 0;
  size = sizeof value;
  socket->send_buffer = getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &value, &size) == 0 ? value / 2 : 0;
}

static void set_up(int descriptor, relay_family family) {
  int on = 1;
  setsockopt(descriptor, SOL_UDP, UDP_GRO, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  if (family == relay_ipv4) {
    setsockopt(descriptor, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
    // Senders may allow routers to fragment large packets; the relay must not forbid it on its part of the path.
    int never = IP_PMTUDISC_DONT;
    setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never);
  } else {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
  }
}

int relay_want_local_address(int descriptor, relay_family family) {
  int on = 1;
  int failed = family == relay_ipv4 ? setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
                                    : setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  return failed == 0 ? 0 : errno;
}

int relay_address_count(relay_family family) {
  struct ifaddrs *interfaces, *i;
  int count = 0;
  if (getifaddrs(&interfaces) != 0) return 0;
  for (i = interfaces; i != NULL; i = i->ifa_next) {
    if (i->ifa_addr == NULL) continue;
    relay_endpoint address = endpoint_of(i->ifa_addr);
    if (family == relay_ipv4 && i->ifa_addr->sa_family == AF_INET) {
      count += (address.low >> 24 & 0xFF) != 127;
    } else if (family == relay_ipv6 && i->ifa_addr->sa_family == AF_INET6) {
      bool is_loopback = address.high == 0 && address.low == 1;
      count += !is_loopback && address.high >> 54 != 0xFE80 >> 6;
    }
  }
  freeifaddrs(interfaces);
  return count;
}

static void set_buffer(int descriptor, int forced, int ordinary, int bytes) {
  // The forced variant may exceed net.core.?mem_max, and needs CAP_NET_ADMIN.
  if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0)
    setsockopt(descriptor, SOL_SOCKET, ordinary, &bytes, sizeof bytes);
}

int relay_open(relay_family family, relay_endpoint bind_to, int buffer_bytes, bool share_port, relay_socket *opened) {
  int descriptor = socket(family == relay_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  int on = 1;
  struct sockaddr_storage address;
  socklen_t size = fill_address(&address, family, bind_to);
  if ((share_port && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) ||
      (family == relay_ipv6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
      bind(descriptor, (struct sockaddr *)&address, size) != 0) {
    int error = errno;
    close(descriptor);
    return error;
  }
  set_buffer(descriptor, SO_RCVBUFFORCE, SO_RCVBUF, buffer_bytes);
  set_buffer(descriptor, SO_SNDBUFFORCE, SO_SNDBUF, buffer_bytes);
  set_up(descriptor, family);
  describe(descriptor, opened);
  return 0;
}

int relay_adopt(int descriptor, relay_family *family, relay_endpoint *bound, relay_socket *adopted) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) return errno;
  *family = address.ss_family == AF_INET ? relay_ipv4 : relay_ipv6;
  *bound = endpoint_of((struct sockaddr *)&address);
  set_up(descriptor, *family);
  describe(descriptor, adopted);
  return 0;
}

uint16_t relay_bound_port(int descriptor) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) return 0;
  return (uint16_t)endpoint_of((struct sockaddr *)&address).meta;
}

int relay_set_receive_timeout(int descriptor, int milliseconds) {
  struct timeval timeout = {milliseconds / 1000, milliseconds % 1000 * 1000};
  return setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0 ? 0 : errno;
}

int relay_pin_thread(unsigned nth) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return errno;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || nth-- > 0) continue;
    CPU_SET(cpu, &one);
    return pthread_setaffinity_np(pthread_self(), sizeof one, &one);
  }
  return EINVAL;
}

unsigned relay_processor_count(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return (unsigned)CPU_COUNT(&allowed);
}

void relay_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void relay_lower_priority(int nice_value) { setpriority(PRIO_PROCESS, (id_t)gettid(), nice_value); }

uint64_t relay_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int relay_check_descriptors(unsigned count) {
  enum { most = 64 };
  int opened[most];
  unsigned number = 0;
  int error = 0;
  if (count > most) count = most;
  while (number < count && error == 0) {
    int descriptor;
    if (number == 0) {
      descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    } else if (number == 1) {
      descriptor = epoll_create1(EPOLL_CLOEXEC);
    } else if (number == 2) {
      descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    } else {
      descriptor = fcntl(opened[0], F_DUPFD_CLOEXEC, 0);
    }
    if (descriptor < 0) {
      error = errno;
    } else {
      opened[number++] = descriptor;
    }
  }
  while (number > 0) close(opened[--number]);
  return error;
}

int relay_bell_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void relay_bell_ring(int bell) { eventfd_write(bell, 1); }

void relay_bell_wait(int bell, int milliseconds) {
  struct pollfd waiting = {bell, POLLIN, 0};
  eventfd_t rings;
  int ready = poll(&waiting, 1, milliseconds);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return;
  if (ready > 0 && (eventfd_read(bell, &rings) == 0 || errno == EAGAIN || errno == EINTR)) return;
  // On persistent errors, a caller in a loop must not keep a processor busy.
  usleep(10000);
}

enum { most_descriptors = 64 };

int relay_send_descriptors(int channel, const int *descriptors, unsigned count) {
  if (count > most_descriptors) return EINVAL;
  union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
  } control = {0};
  uint8_t byte = (uint8_t)count;
  struct iovec vector = {&byte, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  return sendmsg(channel, &message, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

int relay_receive_descriptors(int channel, int *descriptors, unsigned capacity) {
  union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
  } control;
  uint8_t byte;
  struct iovec vector = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t read = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (read < 0) return -errno;
  if (read == 0) return -ECONNRESET;
  int count = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t received = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < received; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(c) + i * sizeof(int), sizeof descriptor);
      if ((unsigned)count < capacity) {
        descriptors[count++] = descriptor;
      } else {
        close(descriptor);
      }
    }
  }
  return count;
}

int64_t relay_peer_user(int channel) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
  return (int64_t)credentials.uid;
}

static int unix_socket(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  strcpy(address->sun_path, path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return descriptor < 0 ? -errno : descriptor;
}

int relay_unix_listen(const char *path) {
  struct sockaddr_un address;
  int descriptor = unix_socket(path, &address);
  if (descriptor < 0) return descriptor;
  unlink(path);
  // Only this user may connect.
  mode_t before = umask(0177);
  int bound = bind(descriptor, (struct sockaddr *)&address, sizeof address);
  int error = errno;
  umask(before);
  if (bound != 0 || listen(descriptor, 16) != 0) {
    if (bound == 0) error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

int relay_unix_connect(const char *path) {
  struct sockaddr_un address;
  int descriptor = unix_socket(path, &address);
  if (descriptor < 0) return descriptor;
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

int relay_accept(int listener) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

void relay_error_text(int code, char *text, size_t size) {
  // The GNU variant may answer with a text of its own.
  const char *answer = strerror_r(code, text, size);
  if (answer != text) {
    strncpy(text, answer, size - 1);
    text[size - 1] = 0;
  }
}
