// The floor of relay benchmarks: a UDP forwarder without any checks. Datagrams of equal size for one destination that
// arrive in one batch leave as one message (UDP_SEGMENT), as the relay's do.
//
// forwarder PORT INDEX:PORT...   forwards type-4 messages with receiver INDEX to 127.0.0.1:PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { batch = 64, buffer_size = 65536, slots = 65536, most_datagrams = 8192, per_message = 64, recent_places = 64 };

typedef struct {
  struct iovec pieces[per_message];
  struct sockaddr_in to;
  uint32_t count, datagrams, segment, length;
} outgoing;

static struct {
  uint32_t index;
  struct sockaddr_in to;
} table[slots];
static uint8_t buffers[batch][buffer_size];
static struct mmsghdr in[batch], out[most_datagrams];
static struct iovec in_vectors[batch];
static struct sockaddr_in names[batch];
static uint8_t in_control[batch][64];
static union {
  struct cmsghdr header;
  uint8_t bytes[CMSG_SPACE(2)];
} control[most_datagrams];
static outgoing open_messages[most_datagrams];
static int recent[recent_places];

static uint32_t slot_of(uint32_t index) { return index * 2654435769u >> 16; }

static struct sockaddr_in *find(uint32_t index) {
  for (uint32_t slot = slot_of(index);; slot = (slot + 1) % slots) {
    if (table[slot].to.sin_port == 0) return NULL;
    if (table[slot].index == index) return &table[slot].to;
  }
}

static int append(int messages, uint8_t *data, uint32_t bytes, const struct sockaddr_in *to) {
  int *last = &recent[ntohs(to->sin_port) % recent_places];
  outgoing *m = *last >= 0 && *last < messages ? &open_messages[*last] : NULL;
  if (m && m->to.sin_port == to->sin_port && m->segment == bytes && m->datagrams < per_message &&
      m->length + bytes < 65000) {
    struct iovec *piece = &m->pieces[m->count - 1];
    if ((uint8_t *)piece->iov_base + piece->iov_len == data)
      piece->iov_len += bytes;
    else
      m->pieces[m->count++] = (struct iovec){data, bytes};
    m->datagrams++;
    m->length += bytes;
    return messages;
  }
  m = &open_messages[messages];
  m->pieces[0] = (struct iovec){data, bytes};
  m->count = m->datagrams = 1;
  m->segment = m->length = bytes;
  m->to = *to;
  *last = messages;
  return messages + 1;
}

static void send_all(int fd, int messages) {
  for (int i = 0; i < messages; i++) {
    outgoing *m = &open_messages[i];
    out[i].msg_hdr =
        (struct msghdr){.msg_name = &m->to, .msg_namelen = sizeof m->to, .msg_iov = m->pieces, .msg_iovlen = m->count};
    if (m->datagrams == 1) continue;
    uint16_t segment = (uint16_t)m->segment;
    control[i].header = (struct cmsghdr){.cmsg_level = SOL_UDP, .cmsg_type = 103, .cmsg_len = CMSG_LEN(2)};
    memcpy(CMSG_DATA(&control[i].header), &segment, 2);
    out[i].msg_hdr.msg_control = &control[i];
    out[i].msg_hdr.msg_controllen = sizeof control[i];
  }
  for (int sent = 0; sent < messages;) {
    int n = sendmmsg(fd, out + sent, messages - sent, 0);
    sent += n > 0 ? n : 1;
  }
}

int main(int argc, char **argv) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, size = 8 << 20;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_UDP, 104, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) return perror("bind"), 1;
  for (int i = 2; i < argc; i++) {
    unsigned index, port;
    if (sscanf(argv[i], "%u:%u", &index, &port) != 2) return 2;
    uint32_t slot = slot_of(index);
    while (table[slot].to.sin_port != 0) slot = (slot + 1) % slots;
    table[slot].index = index;
    table[slot].to =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  }
  for (int i = 0; i < batch; i++) {
    in_vectors[i] = (struct iovec){buffers[i], buffer_size};
    in[i].msg_hdr = (struct msghdr){
        .msg_name = &names[i], .msg_iov = &in_vectors[i], .msg_iovlen = 1, .msg_control = in_control[i]};
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < batch; i++) in[i].msg_hdr.msg_namelen = sizeof names[i], in[i].msg_hdr.msg_controllen = 64;
    int received = recvmmsg(fd, in, batch, MSG_WAITFORONE, NULL), messages = 0;
    memset(recent, -1, sizeof recent);
    for (int i = 0; i < received; i++) {
      uint32_t length = in[i].msg_len, segment = length;
      for (struct cmsghdr *c = CMSG_FIRSTHDR(&in[i].msg_hdr); c; c = CMSG_NXTHDR(&in[i].msg_hdr, c))
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == 104) memcpy(&segment, CMSG_DATA(c), 4);
      for (uint32_t offset = 0; offset < length;) {
        uint8_t *data = buffers[i] + offset;
        uint32_t left = length - offset, bytes = left < segment ? left : segment, index, type;
        offset += bytes;
        memcpy(&type, data, 4);
        memcpy(&index, data + 4, 4);
        struct sockaddr_in *to = type == 4 ? find(index) : NULL;
        if (to) messages = append(messages, data, bytes, to);
      }
    }
    send_all(fd, messages);
  }
}
