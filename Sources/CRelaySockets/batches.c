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

enum { buffer_size = 65536, control_size = 64 };

struct relay_receiver {
  unsigned batch;
  /// Headers that the last call used and the next has to set anew.
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
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
        int size;
        memcpy(&size, CMSG_DATA(c), sizeof size);
        if (size > 0 && (uint32_t)size < length) segment = (uint32_t)size;
      } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
        memcpy(overflow, CMSG_DATA(c), sizeof *overflow);
      }
    }
    out[i].source = endpoint_of((const struct sockaddr *)&r->names[i]);
    out[i].data = r->buffers + (size_t)i * buffer_size;
    out[i].length = length;
    out[i].segment = segment;
  }
  return count;
}

typedef union {
  struct cmsghdr header;
  uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
} segment_control;

struct relay_sender {
  unsigned batch;
  struct mmsghdr *headers;
  struct sockaddr_in6 *names;
  segment_control *control;
};

relay_sender *relay_sender_create(unsigned batch) {
  relay_sender *s = relay_map(sizeof *s);
  s->batch = batch;
  s->headers = relay_map(batch * sizeof *s->headers);
  s->names = relay_map(batch * sizeof *s->names);
  s->control = relay_map(batch * sizeof *s->control);
  for (unsigned i = 0; i < batch; i++) {
    s->headers[i].msg_hdr.msg_name = &s->names[i];
    s->control[i].header.cmsg_level = SOL_UDP;
    s->control[i].header.cmsg_type = UDP_SEGMENT;
    s->control[i].header.cmsg_len = CMSG_LEN(sizeof(uint16_t));
  }
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
    if (messages[i].datagrams > 1) {
      uint16_t segment = (uint16_t)messages[i].segment;
      memcpy(CMSG_DATA(&s->control[i].header), &segment, sizeof segment);
      header->msg_control = &s->control[i];
      header->msg_controllen = sizeof s->control[i];
    } else {
      header->msg_control = NULL;
      header->msg_controllen = 0;
    }
  }
  int sent = sendmmsg(descriptor, s->headers, count, MSG_DONTWAIT);
  return sent < 0 ? -errno : sent;
}

int relay_send_one(int descriptor, relay_family family, relay_endpoint to, const uint8_t *data, size_t length) {
  struct sockaddr_storage address;
  socklen_t size = fill_address(&address, family, to);
  return sendto(descriptor, data, length, MSG_DONTWAIT, (struct sockaddr *)&address, size) < 0 ? errno : 0;
}
