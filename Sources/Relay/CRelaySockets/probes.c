#define _GNU_SOURCE
#include "addresses.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <net/if.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

static int set_hops(int descriptor, relay_family family, int hops) {
  return family == relay_ipv4 ? setsockopt(descriptor, IPPROTO_IP, IP_TTL, &hops, sizeof hops)
                              : setsockopt(descriptor, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops);
}

static int64_t milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int relay_icmp_open(relay_family family) {
  int descriptor = family == relay_ipv4 ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP)
                                        : socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  return descriptor < 0 ? -errno : descriptor;
}

// The kernel fills in identifier and checksum.
typedef struct {
  uint8_t type, code;
  uint16_t checksum, identifier, sequence;
  uint8_t payload[24];
} echo_message;

int relay_icmp_send(int descriptor, relay_family family, relay_endpoint to, uint16_t sequence, int hops) {
  if (hops > 0 && set_hops(descriptor, family, hops) != 0) return errno;
  echo_message echo = {.type = family == relay_ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST, .sequence = htons(sequence)};
  struct sockaddr_storage address;
  to.meta &= ~0xFFFFull;
  socklen_t size = fill_address(&address, family, to);
  return sendto(descriptor, &echo, sizeof echo, 0, (struct sockaddr *)&address, size) < 0 ? errno : 0;
}

int relay_icmp_receive(int descriptor, relay_family family, int milliseconds) {
  int64_t deadline = milliseconds_now() + milliseconds;
  for (;;) {
    int64_t left = deadline - milliseconds_now();
    if (left < 0) left = 0;
    struct pollfd waiting = {descriptor, POLLIN, 0};
    int ready = poll(&waiting, 1, (int)left);
    if (ready < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    if (ready == 0) return -ETIMEDOUT;
    echo_message echo;
    ssize_t length = recv(descriptor, &echo, sizeof echo, 0);
    if (length < 0) return -errno;
    if (length >= 8 && echo.type == (family == relay_ipv4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
      return ntohs(echo.sequence);
    if (left == 0) return -ETIMEDOUT;
  }
}

int relay_trace_open(relay_family family, relay_endpoint to) {
  int descriptor = socket(family == relay_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int on = 1;
  struct sockaddr_storage address;
  socklen_t size = fill_address(&address, family, to);
  int failed = family == relay_ipv4 ? setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on)
                                    : setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  if (failed != 0 || connect(descriptor, (struct sockaddr *)&address, size) != 0) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

static bool read_error(int descriptor, relay_family family, relay_hop *hop) {
  uint8_t data[64];
  union {
    struct cmsghdr header;
    uint8_t bytes[512];
  } control;
  struct iovec vector = {data, sizeof data};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return false;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
    bool is_error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
    if (!is_error) continue;
    struct sock_extended_err *error = (struct sock_extended_err *)CMSG_DATA(c);
    if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6) continue;
    hop->from = endpoint_of(SO_EE_OFFENDER(error));
    hop->type = error->ee_type;
    hop->code = error->ee_code;
    hop->reached = family == relay_ipv4
                       ? error->ee_type == ICMP_DEST_UNREACH && error->ee_code == ICMP_PORT_UNREACH
                       : error->ee_type == ICMP6_DST_UNREACH && error->ee_code == ICMP6_DST_UNREACH_NOPORT;
    return true;
  }
  return false;
}

int relay_trace_hop(int descriptor, relay_family family, int hops, int milliseconds, relay_hop *hop) {
  memset(hop, 0, sizeof *hop);
  while (read_error(descriptor, family, hop)) memset(hop, 0, sizeof *hop);
  if (set_hops(descriptor, family, hops) != 0) return errno;
  int64_t deadline = milliseconds_now() + milliseconds;
  // On a connected socket, the first call may report the error of an earlier probe; the second call then sends the
  // probe.
  if (send(descriptor, "", 0, 0) < 0 && send(descriptor, "", 0, 0) < 0) {
    int error = errno;
    return read_error(descriptor, family, hop) ? 0 : error;
  }
  for (;;) {
    int64_t left = deadline - milliseconds_now();
    if (left < 0) left = 0;
    struct pollfd waiting = {descriptor, POLLIN, 0};
    int ready = poll(&waiting, 1, (int)left);
    if (ready < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (ready == 0) return ETIMEDOUT;
    if (read_error(descriptor, family, hop)) return 0;
    uint8_t data[64];
    ssize_t length = recv(descriptor, data, sizeof data, MSG_DONTWAIT);
    if (length >= 0) {
      // A service listens there and answered.
      hop->reached = true;
      struct sockaddr_storage peer;
      socklen_t size = sizeof peer;
      if (getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0)
        hop->from = endpoint_of((struct sockaddr *)&peer);
      return 0;
    }
    // These errors are neither an answer nor an ICMP error from the path: the system refused.
    if (errno == EPERM || errno == EACCES || errno == ENOSYS) return errno;
    if (left == 0) return ETIMEDOUT;
  }
}

bool relay_is_broadcast(relay_endpoint address) {
  struct ifaddrs *interfaces, *i;
  bool found = false;
  if (getifaddrs(&interfaces) != 0) return false;
  for (i = interfaces; i != NULL && !found; i = i->ifa_next) {
    if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_BROADCAST)) continue;
    if (i->ifa_broadaddr == NULL) continue;
    found = endpoint_of(i->ifa_broadaddr).low == address.low && address.high == 0;
  }
  freeifaddrs(interfaces);
  return found;
}
