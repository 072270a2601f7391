#define _GNU_SOURCE
#include "addresses.h"
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/uio.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

// Room for one control message each: UDP_GRO, the overflow count, DSCP with ECN, and the local address.
enum { buffer_size = 65536, control_size = 128 };

struct relay_receiver {
  unsigned batch;
  /// Headers that the last call used and the next call has to reset.
  unsigned used;
  uint8_t *buffers;
  struct mmsghdr *headers;
  struct iovec *vectors;
  struct sockaddr_in6 *names;
  uint8_t *control;
};

relay_receiver *relay_receiver_create(unsigned batch) {
  relay_receiver *r = relay_map(sizeof *r);
  r->batch = batch;
  r->used = batch;
  r->buffers = relay_map((size_t)batch * buffer_size);
  r->headers = relay_map(batch * sizeof *r->headers);
  r->vectors = relay_map(batch * sizeof *r->vectors);
  r->names = relay_map(batch * sizeof *r->names);
  r->control = relay_map((size_t)batch * control_size);
  for (unsigned i = 0; i < batch; i++) {
    r->vectors[i] = (struct iovec){r->buffers + (size_t)i * buffer_size, buffer_size};
    r->headers[i].msg_hdr.msg_iov = &r->vectors[i];
    r->headers[i].msg_hdr.msg_iovlen = 1;
    r->headers[i].msg_hdr.msg_name = &r->names[i];
    r->headers[i].msg_hdr.msg_control = r->control + (size_t)i * control_size;
  }
  return r;
}

void relay_receiver_destroy(relay_receiver *r) {
  relay_unmap(r->buffers, (size_t)r->batch * buffer_size);
  relay_unmap(r->headers, r->batch * sizeof *r->headers);
  relay_unmap(r->vectors, r->batch * sizeof *r->vectors);
  relay_unmap(r->names, r->batch * sizeof *r->names);
  relay_unmap(r->control, (size_t)r->batch * control_size);
  relay_unmap(r, sizeof *r);
}

// Local addresses that peers send to, by a number that is the same in every process, so that sessions keep it across
// restarts. Workers add entries; an entry never changes.
enum { local_places = 256, local_probes = 16 };
static struct {
  uint32_t number;
  uint32_t ready;
  uint64_t high, low;
} locals[local_places];

static uint64_t local_number(relay_endpoint local) {
  uint64_t mixed = (local.high * 0xC2B2AE3D27D4EB4Full) ^ local.low;
  mixed *= 0x9E3779B97F4A7C15ull;
  uint32_t number = (uint32_t)(mixed >> 48);
  if (number == 0) number = 1;
  for (unsigned probe = 0; probe < local_probes; probe++) {
    unsigned place = (number + probe) % local_places;
    uint32_t seen = __atomic_load_n(&locals[place].number, __ATOMIC_ACQUIRE);
    if (seen == 0) {
      if (!__atomic_compare_exchange_n(&locals[place].number, &seen, number, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE)) {
        probe--;
        continue;
      }
      locals[place].high = local.high;
      locals[place].low = local.low;
      __atomic_store_n(&locals[place].ready, 1, __ATOMIC_RELEASE);
      return number;
    }
    if (seen != number) continue;
    if (!__atomic_load_n(&locals[place].ready, __ATOMIC_ACQUIRE)) return number;
    // Two addresses with the same number: routing chooses the source address for the second.
    return locals[place].high == local.high && locals[place].low == local.low ? number : 0;
  }
  return 0;
}

// Returns whether the local address with this number is known, and which it is.
static bool local_of(uint64_t number, relay_endpoint *local) {
  for (unsigned probe = 0; probe < local_probes; probe++) {
    unsigned place = (number + probe) % local_places;
    uint32_t seen = __atomic_load_n(&locals[place].number, __ATOMIC_ACQUIRE);
    if (seen == 0) return false;
    if (seen != number) continue;
    if (!__atomic_load_n(&locals[place].ready, __ATOMIC_ACQUIRE)) return false;
    local->high = locals[place].high;
    local->low = locals[place].low;
    return true;
  }
  return false;
}

int relay_receive(relay_receiver *r, int descriptor, relay_received *out, uint32_t *overflow) {
  for (unsigned i = 0; i < r->used; i++) {
    r->headers[i].msg_hdr.msg_namelen = sizeof *r->names;
    r->headers[i].msg_hdr.msg_controllen = control_size;
  }
  r->used = 0;
  int count = recvmmsg(descriptor, r->headers, r->batch, MSG_WAITFORONE, NULL);
  if (count < 0) return -errno;
  r->used = (unsigned)count;
  for (int i = 0; i < count; i++) {
    struct msghdr *header = &r->headers[i].msg_hdr;
    uint32_t length = r->headers[i].msg_len;
    uint32_t segment = length;
    uint32_t traffic_class = 0;
    uint64_t local = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
        int size;
        memcpy(&size, CMSG_DATA(c), sizeof size);
        if (size > 0 && (uint32_t)size < length) segment = (uint32_t)size;
      } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
        memcpy(overflow, CMSG_DATA(c), sizeof *overflow);
      } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
        traffic_class = *CMSG_DATA(c);
      } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
        int value;
        memcpy(&value, CMSG_DATA(c), sizeof value);
        traffic_class = (uint32_t)value & 0xFF;
      } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        local = local_number((relay_endpoint){0, mapped_prefix | ntohl(info.ipi_spec_dst.s_addr), 0});
      } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        local = local_number(
            (relay_endpoint){big_endian_64(info.ipi6_addr.s6_addr), big_endian_64(info.ipi6_addr.s6_addr + 8), 0});
      }
    }
    out[i].source = endpoint_of((const struct sockaddr *)&r->names[i]);
    out[i].source.meta |= local << 16;
    out[i].data = r->buffers + (size_t)i * buffer_size;
    out[i].length = length;
    out[i].segment = segment;
    out[i].traffic_class = traffic_class;
  }
  return count;
}

// Room for UDP_SEGMENT, DSCP with ECN, and the source address.
typedef union {
  struct cmsghdr header;
  uint8_t bytes[CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
} send_control;

static size_t add_control(send_control *control, size_t used, int level, int type, const void *data, size_t length) {
  struct cmsghdr *header = (struct cmsghdr *)(control->bytes + used);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(length);
  memcpy(CMSG_DATA(header), data, length);
  return used + CMSG_SPACE(length);
}

// Adds the control messages that a packet needs besides its destination; most packets need none.
static size_t add_rest(send_control *control, size_t used, relay_family family, relay_endpoint to,
                       uint32_t traffic_class, bool by_address) {
  if (traffic_class != 0) {
    int value = (int)traffic_class;
    used = family == relay_ipv4 ? add_control(control, used, IPPROTO_IP, IP_TOS, &value, sizeof value)
                                : add_control(control, used, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
  }
  uint64_t number = to.meta >> 16 & 0xFFFF;
  relay_endpoint local;
  if (!by_address || number == 0 || !local_of(number, &local)) return used;
  if (family == relay_ipv4) {
    struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl((uint32_t)local.low)};
    return add_control(control, used, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  }
  struct in6_pktinfo info = {.ipi6_ifindex = (unsigned)(to.meta >> 32)};
  uint64_t high = __builtin_bswap64(local.high), low = __builtin_bswap64(local.low);
  memcpy(info.ipi6_addr.s6_addr, &high, 8);
  memcpy(info.ipi6_addr.s6_addr + 8, &low, 8);
  return add_control(control, used, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

struct relay_sender {
  unsigned batch;
  struct mmsghdr *headers;
  struct sockaddr_in6 *names;
  send_control *control;
};

relay_sender *relay_sender_create(unsigned batch) {
  relay_sender *s = relay_map(sizeof *s);
  s->batch = batch;
  s->headers = relay_map(batch * sizeof *s->headers);
  s->names = relay_map(batch * sizeof *s->names);
  s->control = relay_map(batch * sizeof *s->control);
  for (unsigned i = 0; i < batch; i++) { s->headers[i].msg_hdr.msg_name = &s->names[i]; }
  return s;
}

void relay_sender_destroy(relay_sender *s) {
  relay_unmap(s->headers, s->batch * sizeof *s->headers);
  relay_unmap(s->names, s->batch * sizeof *s->names);
  relay_unmap(s->control, s->batch * sizeof *s->control);
  relay_unmap(s, sizeof *s);
}

_Static_assert(sizeof(relay_piece) == sizeof(struct iovec), "pieces are passed to the kernel as they are");

int relay_send(relay_sender *s, int descriptor, relay_family family, const relay_outgoing *messages,
               const relay_piece *pieces, unsigned count) {
  if (count > s->batch) count = s->batch;
  for (unsigned i = 0; i < count; i++) {
    struct msghdr *header = &s->headers[i].msg_hdr;
    header->msg_namelen = family == relay_ipv4 ? fill_ipv4((struct sockaddr_in *)&s->names[i], messages[i].to)
                                               : fill_ipv6(&s->names[i], messages[i].to);
    header->msg_iov = (struct iovec *)(pieces + messages[i].first_piece);
    header->msg_iovlen = messages[i].piece_count;
    size_t used = 0;
    if (messages[i].datagrams > 1) {
      uint16_t segment = (uint16_t)messages[i].segment;
      used = add_control(&s->control[i], used, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
    }
    if ((messages[i].traffic_class | (messages[i].to.meta & 0xFFFF0000)) != 0)
      used = add_rest(&s->control[i], used, family, messages[i].to, messages[i].traffic_class, true);
    header->msg_control = used > 0 ? &s->control[i] : NULL;
    header->msg_controllen = used;
  }
  int sent = sendmmsg(descriptor, s->headers, count, MSG_DONTWAIT);
  return sent < 0 ? -errno : sent;
}

int relay_send_one(int descriptor, relay_family family, relay_endpoint to, const uint8_t *data, size_t length,
                   uint32_t traffic_class) {
  struct sockaddr_storage address;
  send_control control;
  struct iovec vector = {(void *)data, length};
  struct msghdr header = {.msg_name = &address, .msg_iov = &vector, .msg_iovlen = 1};
  header.msg_namelen = fill_address(&address, family, to);
  for (int by_address = 1; by_address >= 0; by_address--) {
    header.msg_controllen = add_rest(&control, 0, family, to, traffic_class, by_address != 0);
    header.msg_control = header.msg_controllen > 0 ? &control : NULL;
    if (sendmsg(descriptor, &header, MSG_DONTWAIT) >= 0) return 0;
    // The source address may no longer belong to this host: retry without it.
    if ((errno != EINVAL && errno != EADDRNOTAVAIL && errno != ENETUNREACH) || (to.meta >> 16 & 0xFFFF) == 0) break;
  }
  return errno;
}
