/// Batched UDP sockets: the parts that need C for mmsghdr, cmsg and Linux socket options.
#ifndef WPEX_RELAY_SOCKETS_H
#define WPEX_RELAY_SOCKETS_H

#include "relay_core.h"

#pragma clang assume_nonnull begin

/// IP version.
typedef enum { relay_ipv4 = 4, relay_ipv6 = 6 } relay_family;

/// A socket and the options that the kernel granted.
typedef struct {
  int descriptor;
  /// Whether UDP_GRO is on.
  bool gro;
  /// Whether the kernel supports UDP_SEGMENT.
  bool gso;
  /// Buffer sizes in bytes.
  int receive_buffer;
  int send_buffer;
} relay_socket;

/// Opens and binds a UDP socket. With `share_port`, other sockets of this program may use the same port (SO_REUSEPORT).
/// Returns 0 or an errno.
int relay_open(relay_family family, relay_endpoint bind_to, int buffer_bytes, bool share_port, relay_socket *opened);

/// Configures a socket that another process opened, and describes it. Returns 0 or an errno.
int relay_adopt(int descriptor, relay_family *family, relay_endpoint *bound, relay_socket *adopted);

/// Returns the port that a socket is bound to, or 0.
uint16_t relay_bound_port(int descriptor);

/// Sets the timeout of receive calls. Returns 0 or an errno.
int relay_set_receive_timeout(int descriptor, int milliseconds);

/// Lets a statically linked program resolve names by /etc/hosts and DNS only: other sources of /etc/nsswitch.conf are
/// libraries of the host, which another version of the C library could not load. Call it before other threads start.
void relay_keep_names_static(void);

/// Buffers and headers for receiving.
typedef struct relay_receiver relay_receiver;
/// Creates a receiver for `batch` messages of up to 64 KiB each.
relay_receiver *relay_receiver_create(unsigned batch);
/// Frees a receiver.
void relay_receiver_destroy(relay_receiver *receiver);
/// Waits for one message, then takes all that are waiting, up to the batch size. Returns their number with `out`
/// filled, or a negative errno (EAGAIN on timeout, EINTR). `overflow` is set to the number of datagrams that the kernel
/// has dropped on this socket so far, if the kernel reports it.
int relay_receive(relay_receiver *receiver, int descriptor, relay_received *out, uint32_t *overflow);

/// Headers for sending.
typedef struct relay_sender relay_sender;
/// Creates a sender for up to `batch` messages per call.
relay_sender *relay_sender_create(unsigned batch);
/// Frees a sender.
void relay_sender_destroy(relay_sender *sender);
/// Sends `count` messages, at most the batch size, whose pieces start at `pieces`. Returns the number of messages that
/// the kernel accepted, or the negative errno of the first one.
int relay_send(relay_sender *sender, int descriptor, relay_family family, const relay_outgoing *messages,
               const relay_piece *pieces, unsigned count);

/// Sends one datagram. Returns 0 or an errno.
int relay_send_one(int descriptor, relay_family family, relay_endpoint to, const uint8_t *data, size_t length,
                   uint32_t traffic_class);

/// Returns the number of this host's addresses of a family, without loopback and IPv6 link-local addresses.
int relay_address_count(relay_family family);
/// Makes a socket report the local address of each received message. Returns 0 or an errno.
int relay_want_local_address(int descriptor, relay_family family);

/// Pins the calling thread to the `nth` processor (from 0) available to this process. Returns 0 or an errno.
int relay_pin_thread(unsigned nth);
/// Returns the number of processors available to this process.
unsigned relay_processor_count(void);
/// Names the calling thread, as shown by `top -H`.
void relay_name_thread(const char *name);
/// Sets the nice value of the calling thread.
void relay_lower_priority(int nice_value);

/// Returns the time in nanoseconds of a clock that keeps running while the machine sleeps (CLOCK_BOOTTIME).
uint64_t relay_clock(void);

/// Checks that this process can open `count` more descriptors (at most 64), including an eventfd, an epoll and a
/// timerfd. Returns 0 or the errno of the first failure.
int relay_check_descriptors(unsigned count);

// A doorbell that wakes the control thread.

/// Creates a doorbell. Returns its descriptor or -1.
int relay_bell_create(void);
/// Rings a doorbell.
void relay_bell_ring(int bell);
/// Waits until the bell rings, at most `milliseconds`.
void relay_bell_wait(int bell, int milliseconds);

// Handing sockets over to another process on this host.

/// Sends up to 64 descriptors along with one byte. Returns 0 or an errno.
int relay_send_descriptors(int channel, const int *descriptors, unsigned count);
/// Receives descriptors. Returns their number or a negative errno.
int relay_receive_descriptors(int channel, int *descriptors, unsigned capacity);
/// Returns the user id of the process at the other end of a Unix socket, or -1.
int64_t relay_peer_user(int channel);
/// Opens a listening Unix stream socket at `path`, accessible to this user only. Returns the descriptor or a negative
/// errno.
int relay_unix_listen(const char *path);
/// Connects to a Unix stream socket. Returns the descriptor or a negative errno.
int relay_unix_connect(const char *path);
/// Accepts the next connection. Returns the descriptor or a negative errno.
int relay_accept(int listener);

/// Writes the zero-terminated text of an errno to `text`.
void relay_error_text(int code, char *text, size_t size);

// Probes that need only unprivileged sockets.

/// Opens a datagram ICMP socket (see net.ipv4.ping_group_range). Returns the descriptor or a negative errno.
int relay_icmp_open(relay_family family);
/// Sends an echo request with a time to live of `hops`; 0 means the system default. Returns 0 or an errno.
int relay_icmp_send(int descriptor, relay_family family, relay_endpoint to, uint16_t sequence, int hops);
/// Waits for an echo reply. Returns its sequence number or a negative errno (ETIMEDOUT on timeout).
int relay_icmp_receive(int descriptor, relay_family family, int milliseconds);

/// Response to one trace probe.
typedef struct {
  /// Router or destination that answered; all zero if none did.
  relay_endpoint from;
  uint8_t type;
  uint8_t code;
  /// Whether the destination itself answered.
  bool reached;
} relay_hop;
/// Opens a UDP socket for tracing, connected to `to` and with queued errors (IP_RECVERR). Returns the descriptor or a
/// negative errno.
int relay_trace_open(relay_family family, relay_endpoint to);
/// Sends one empty probe with a time to live of `hops` and waits for the response. Returns 0, ETIMEDOUT or another
/// errno.
int relay_trace_hop(int descriptor, relay_family family, int hops, int milliseconds, relay_hop *hop);

/// Returns whether an address is a broadcast address of one of this machine's interfaces.
bool relay_is_broadcast(relay_endpoint address);

#pragma clang assume_nonnull end
#endif
