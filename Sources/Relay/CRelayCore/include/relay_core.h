/// C parts of the relay's core: a layout of endpoints and batches shared by the core and the sockets, atomic access to
/// plain memory, and BLAKE2s over many keys at once. Nothing here does any I/O.
#ifndef WPEX_RELAY_CORE_H
#define WPEX_RELAY_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A UDP endpoint. IPv4 addresses are stored as ::ffff:a.b.c.d. All zero means none.
typedef struct {
  /// The first eight bytes of the address as a number, most significant byte first.
  uint64_t high;
  /// The last eight bytes of the address, likewise.
  uint64_t low;
  /// The port in bits 0–15; in bits 16–31 the number of the local address that the peer sends to, 0 if it does not
  /// matter; in bits 32–63 the scope of a link-local address.
  uint64_t meta;
} relay_endpoint;

/// One received message: a datagram, or several of equal size that the kernel coalesced (UDP_GRO).
typedef struct {
  relay_endpoint source;
  const uint8_t *data;
  /// Length in bytes.
  uint32_t length;
  /// Bytes of each datagram except the last, which may be shorter; equal to `length` if there is only one.
  uint32_t segment;
  /// DSCP and ECN (RFC 2474, RFC 3168) as one byte.
  uint32_t traffic_class;
} relay_received;

/// A piece of an outgoing message.
typedef struct {
  const uint8_t *data;
  size_t length;
} relay_piece;

/// An outgoing message: pieces that together form datagrams of equal size, except for the last, which may be shorter.
typedef struct {
  relay_endpoint to;
  uint32_t first_piece;
  uint32_t piece_count;
  /// Bytes of each datagram.
  uint32_t segment;
  /// Number of datagrams.
  uint32_t datagrams;
  /// Length in bytes.
  uint32_t length;
  /// DSCP and ECN of every datagram.
  uint32_t traffic_class;
} relay_outgoing;

// Atomic access to plain memory.

static inline uint64_t relay_load_relaxed_64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline uint64_t relay_load_acquire_64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void relay_store_relaxed_64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline void relay_store_release_64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline uint32_t relay_load_relaxed_32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline uint32_t relay_load_acquire_32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void relay_store_relaxed_32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline void relay_store_release_32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline int64_t relay_add_relaxed_i64(int64_t *p, int64_t v) {
  return __atomic_add_fetch(p, v, __ATOMIC_RELAXED);
}
static inline void relay_store_relaxed_i64(int64_t *p, int64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline int64_t relay_load_relaxed_i64(const int64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline uint64_t relay_add_relaxed_64(uint64_t *p, uint64_t v) {
  return __atomic_add_fetch(p, v, __ATOMIC_RELAXED);
}
static inline void relay_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void relay_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
static inline void relay_fence_full(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

static inline void relay_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Yields the processor to other threads.
void relay_yield(void);

/// Maps zeroed memory that takes up no RAM until touched; exits the process if there is no memory left.
void *relay_map(size_t bytes);
/// Unmaps memory of `relay_map`.
void relay_unmap(void *memory, size_t bytes);

// BLAKE2s (RFC 7693).

/// Keyed or unkeyed BLAKE2s. `key_length` is 0–32, `out_length` 1–32.
void relay_blake2s(uint8_t *_Nullable out, size_t out_length, const uint8_t *_Nullable key, size_t key_length,
                   const uint8_t *_Nullable data, size_t length);

/// State of keyed BLAKE2s-128 after the block of a 32-byte key, from which `relay_mac_finish` continues.
void relay_mac_midstate(uint32_t *state, const uint8_t *key);

/// Computes the MAC of a message of at least 1 byte from a midstate.
void relay_mac_finish(const uint32_t *state, const uint8_t *message, size_t length, uint8_t *mac);

/// Midstates are interleaved in groups of this many, word by word: state[group][word][lane].
enum { relay_lanes = 16 };

/// Returns the position of the first of `count` midstates under which `message` has `mac`, or -1. `states` holds whole
/// groups of `relay_lanes`; lanes beyond `count` may have any content.
ptrdiff_t relay_mac_search(const uint32_t *states, size_t count, const uint8_t *message, size_t length,
                           const uint8_t *mac);

/// Name of the implementation that `relay_mac_search` uses on this processor: "avx512", "avx2" or "generic".
const char *relay_mac_search_variant(void);

/// The search with a given implementation, for tests: "avx512", "avx2" or "generic". Returns -2 if the processor lacks
/// it.
ptrdiff_t relay_mac_search_with(const char *variant, const uint32_t *states, size_t count, const uint8_t *message,
                                size_t length, const uint8_t *mac);

/// HChaCha20 (draft-irtf-cfrg-xchacha, section 2.2): derives the subkey for XChaCha20-Poly1305.
void relay_hchacha20(uint8_t *out, const uint8_t *key, const uint8_t *nonce);

/// Returns whether two 16-byte MACs are equal, in constant time.
bool relay_mac_equal(const uint8_t *a, const uint8_t *b);

#pragma clang assume_nonnull end

#endif
