// Load for a relay or forwarder on 127.0.0.1, from pairs of peers whose sockets and sessions the bench has made. Counts what
// arrives, and measures latency one datagram at a time.
//
// load PORT SIZE BURST RATE SECONDS FD:FD:INDEX...
//   BURST    datagrams that one send carries (UDP_SEGMENT); 1 sends single datagrams
//   RATE     datagrams a second in all; 0 floods, within a window, so that nothing is lost in the receiver's queue
//   SECONDS  0 measures latency with one datagram under way at a time
//   FD:FD:INDEX  a pair: sockets of initiator and responder, and the responder's index
//
// Prints results as "name value" lines.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_pairs = 1024 };

static int initiators[most_pairs], responders[most_pairs];
static uint32_t indices[most_pairs];
static uint64_t counters[most_pairs];
static int pairs, size, burst;
static struct sockaddr_in target;
static atomic_ullong received;
static atomic_int finished;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void *receive(void *unused) {
  (void)unused;
  static uint8_t buffers[32][65536];
  static struct pollfd waiting[most_pairs];
  for (int i = 0; i < pairs; i++) waiting[i] = (struct pollfd){responders[i], POLLIN, 0};
  while (!atomic_load(&finished)) {
    if (poll(waiting, pairs, 100) <= 0) continue;
    for (int i = 0; i < pairs; i++) {
      if (!(waiting[i].revents & POLLIN)) continue;
      struct iovec vectors[32];
      struct mmsghdr messages[32];
      memset(messages, 0, sizeof messages);
      for (int m = 0; m < 32; m++) {
        vectors[m] = (struct iovec){buffers[m], 65536};
        messages[m].msg_hdr.msg_iov = &vectors[m];
        messages[m].msg_hdr.msg_iovlen = 1;
      }
      int count = recvmmsg(responders[i], messages, 32, MSG_DONTWAIT, NULL);
      unsigned long long datagrams = 0;
      for (int m = 0; m < count; m++) datagrams += (messages[m].msg_len + size - 1) / size;
      atomic_fetch_add(&received, datagrams);
    }
  }
  return NULL;
}

static void fill(uint8_t *datagram, int pair) {
  uint32_t type = 4;
  memcpy(datagram, &type, 4);
  memcpy(datagram + 4, &indices[pair], 4);
  memcpy(datagram + 8, &counters[pair], 8);
  counters[pair]++;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void latency(void) {
  enum { samples = 20000 };
  static double times[samples];
  uint8_t datagram[2048] = {0}, answer[2048];
  for (int i = 0; i < samples; i++) {
    fill(datagram, 0);
    double start = now();
    sendto(initiators[0], datagram, size, 0, (struct sockaddr *)&target, sizeof target);
    recv(responders[0], answer, sizeof answer, 0);
    times[i] = (now() - start) * 1e6;
  }
  qsort(times, samples, sizeof(double), compare);
  printf("median_us %.2f\np99_us %.2f\np999_us %.2f\n", times[samples / 2], times[samples * 99 / 100],
         times[samples * 999 / 1000]);
}

int main(int argc, char **argv) {
  if (argc < 7) return 2;
  target = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  size = atoi(argv[2]), burst = atoi(argv[3]);
  double rate = atof(argv[4]), seconds = atof(argv[5]);
  for (int i = 6; i < argc && pairs < most_pairs; i++, pairs++) {
    if (sscanf(argv[i], "%d:%d:%u", &initiators[pairs], &responders[pairs], &indices[pairs]) != 3) return 2;
    int bytes = 16 << 20, on = 1;
    for (int side = 0; side < 2; side++) {
      int fd = side ? responders[pairs] : initiators[pairs];
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
      setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
      setsockopt(fd, SOL_UDP, 104, &on, sizeof on);
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    }
  }
  for (int i = 0; i < pairs; i++) counters[i] = 10;
  if (seconds == 0) return latency(), 0;
  pthread_t thread;
  pthread_create(&thread, NULL, receive, NULL);
  static uint8_t data[65536];
  union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(2)];
  } control = {0};
  uint16_t segment = size;
  control.header = (struct cmsghdr){.cmsg_level = SOL_UDP, .cmsg_type = 103, .cmsg_len = CMSG_LEN(2)};
  memcpy(CMSG_DATA(&control.header), &segment, 2);
  unsigned long long sent = 0, window = burst > 1 ? 1600 : 1024;
  double start = now(), end = start + seconds, progress = start;
  unsigned long long seen = 0;
  for (int pair = 0; now() < end; pair = (pair + 1) % pairs) {
    if (rate > 0) {
      while (sent > (now() - start) * rate) sched_yield();
    } else {
      // A lost datagram must not close the window forever. Datagrams still in flight from an earlier load may make
      // `received` larger than `sent`.
      while ((long long)(sent - atomic_load(&received)) > (long long)window) {
        if (atomic_load(&received) != seen) seen = atomic_load(&received), progress = now();
        if (now() - progress > 0.05) window += sent - seen, progress = now();
        sched_yield();
      }
    }
    for (int i = 0; i < burst; i++) fill(data + (size_t)i * size, pair);
    struct iovec vector = {data, (size_t)burst * size};
    struct msghdr message = {.msg_name = &target, .msg_namelen = sizeof target, .msg_iov = &vector, .msg_iovlen = 1};
    if (burst > 1) message.msg_control = &control, message.msg_controllen = sizeof control;
    if (sendmsg(initiators[pair], &message, 0) > 0) sent += burst;
  }
  double elapsed = now() - start;
  usleep(200000);
  atomic_store(&finished, 1);
  pthread_join(thread, NULL);
  printf("sent %llu\nreceived %llu\npps %.0f\n", sent, atomic_load(&received), atomic_load(&received) / elapsed);
  return 0;
}
