/// UDP sockets in batches: what has to be said in C about mmsghdr, cmsg and the options of Linux.
#ifndef WPEX_RELAY_SOCKETS_H
#define WPEX_RELAY_SOCKETS_H

#include "relay_core.h"

#pragma clang assume_nonnull begin

typedef enum { relay_ipv4 = 4, relay_ipv6 = 6 } relay_family;

/// What the kernel granted for a socket.
typedef struct {
  int descriptor;
  /// UDP_GRO is on.
  bool gro;
  /// UDP_SEGMENT is known to the kernel.
  bool gso;
  /// Bytes.
  int receive_buffer;
  int send_buffer;
} relay_socket;

/// Opens a UDP socket that shares its port with others of this program (SO_REUSEPORT), and binds it.
/// Returns 0, or the errno of what failed.
int relay_open(relay_family family, relay_endpoint bind_to, int buffer_bytes, bool share_port, relay_socket *opened);

/// Looks at a socket that another process opened. Returns 0 or an errno.
int relay_adopt(int descriptor, relay_family *family, relay_endpoint *bound, relay_socket *adopted);

/// The port that a socket is bound to, 0 where it is none.
uint16_t relay_bound_port(int descriptor);

/// Wakes a receive at the latest after so many milliseconds.
int relay_set_receive_timeout(int descriptor, int milliseconds);

/// Buffers and headers for receiving.
typedef struct relay_receiver relay_receiver;
/// `batch` messages of 64 KiB each.
relay_receiver *relay_receiver_create(unsigned batch);
void relay_receiver_destroy(relay_receiver *receiver);
/// Waits for one message and takes all that are there, up to the batch.
/// Returns their number with `out` filled, or minus an errno (EAGAIN when the timeout passed, EINTR).
/// `overflow` is set to how many datagrams the kernel has dropped on this socket so far, if it said so.
int relay_receive(relay_receiver *receiver, int descriptor, relay_received *out, uint32_t *overflow);

/// Headers for sending.
typedef struct relay_sender relay_sender;
relay_sender *relay_sender_create(unsigned batch);
void relay_sender_destroy(relay_sender *sender);
/// Sends `count` messages, at most the batch, whose pieces start at `pieces`.
/// Returns how many the kernel took, or minus the errno of the first.
int relay_send(relay_sender *sender, int descriptor, relay_family family, const relay_outgoing *messages,
               const relay_piece *pieces, unsigned count);

/// Sends one datagram. Returns 0 or an errno.
int relay_send_one(int descriptor, relay_family family, relay_endpoint to, const uint8_t *data, size_t length,
                   uint32_t traffic_class);

/// How many addresses of a family this host has, besides those of its own inside.
int relay_address_count(relay_family family);
/// Lets a socket tell which of the host's addresses was asked. Returns 0 or an errno.
int relay_want_local_address(int descriptor, relay_family family);

/// Pins the calling thread to the `nth` processor (from 0) that this process may use. Returns 0 or an errno.
int relay_pin_thread(unsigned nth);
/// How many processors this process may use.
unsigned relay_processor_count(void);
/// Names the calling thread, for `top -H`.
void relay_name_thread(const char *name);
/// Makes the calling thread give way to others.
void relay_lower_priority(int nice_value);

/// Nanoseconds of the clock that goes on while the machine sleeps.
uint64_t relay_clock(void);

/// Whether this process can open so many more descriptors, and an eventfd, an epoll and a timerfd among them.
/// Returns 0 or the errno of what it cannot.
int relay_check_descriptors(unsigned count);

// A bell that wakes the control thread.

int relay_bell_create(void);
void relay_bell_ring(int bell);
/// Waits until the bell rings, at most so many milliseconds.
void relay_bell_wait(int bell, int milliseconds);

// Handing sockets to another process of this host.

/// Sends up to 64 descriptors with one byte. Returns 0 or an errno.
int relay_send_descriptors(int channel, const int *descriptors, unsigned count);
/// Receives them. Returns how many, or minus an errno.
int relay_receive_descriptors(int channel, int *descriptors, unsigned capacity);
/// The user on the other side of a Unix socket, or -1.
int64_t relay_peer_user(int channel);
/// Opens a Unix stream socket at `path`: to listen, or to connect to one. Returns the descriptor or minus an errno.
int relay_unix_listen(const char *path);
int relay_unix_connect(const char *path);
/// Takes the next connection. Returns the descriptor or minus an errno.
int relay_accept(int listener);

/// The text of an errno, with a zero at its end.
void relay_error_text(int code, char *text, size_t size);

// Probes, with unprivileged sockets only.

/// A datagram ICMP socket (net.ipv4.ping_group_range), or minus an errno.
int relay_icmp_open(relay_family family);
/// Sends an echo request with a time to live of `hops` (0: the system's). Returns 0 or an errno.
int relay_icmp_send(int descriptor, relay_family family, relay_endpoint to, uint16_t sequence, int hops);
/// Waits for an echo reply. Returns its sequence number, or minus an errno (ETIMEDOUT).
int relay_icmp_receive(int descriptor, relay_family family, int milliseconds);

typedef struct {
  /// 0 while nothing came.
  relay_endpoint from;
  uint8_t type;
  uint8_t code;
  /// Whether the destination itself answered.
  bool reached;
} relay_hop;
/// A UDP socket for tracing, with errors queued (IP_RECVERR), connected to `to`; or minus an errno.
int relay_trace_open(relay_family family, relay_endpoint to);
/// Sends one empty probe that lives for `hops` hops and waits for what comes back. Returns 0, ETIMEDOUT or an errno.
int relay_trace_hop(int descriptor, relay_family family, int hops, int milliseconds, relay_hop *hop);

/// Whether an address is one of this machine's own broadcast addresses.
bool relay_is_broadcast(relay_endpoint address);

#pragma clang assume_nonnull end
#endif
