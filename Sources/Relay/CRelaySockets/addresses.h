#ifndef WPEX_ADDRESSES_H
#define WPEX_ADDRESSES_H

#include "relay_sockets.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const uint64_t mapped_prefix = 0xFFFFull << 32;

static inline uint64_t big_endian_64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}

static inline relay_endpoint endpoint_of(const struct sockaddr *address) {
  relay_endpoint endpoint = {0, 0, 0};
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    endpoint.low = mapped_prefix | ntohl(in->sin_addr.s_addr);
    endpoint.meta = ntohs(in->sin_port);
  } else if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;
    endpoint.high = big_endian_64(in->sin6_addr.s6_addr);
    endpoint.low = big_endian_64(in->sin6_addr.s6_addr + 8);
    endpoint.meta = ntohs(in->sin6_port) | (uint64_t)in->sin6_scope_id << 32;
  }
  return endpoint;
}

static inline socklen_t fill_ipv4(struct sockaddr_in *in, relay_endpoint to) {
  in->sin_family = AF_INET;
  in->sin_port = htons((uint16_t)to.meta);
  in->sin_addr.s_addr = htonl((uint32_t)to.low);
  return sizeof *in;
}

static inline socklen_t fill_ipv6(struct sockaddr_in6 *in, relay_endpoint to) {
  uint64_t high = __builtin_bswap64(to.high), low = __builtin_bswap64(to.low);
  in->sin6_family = AF_INET6;
  in->sin6_port = htons((uint16_t)to.meta);
  in->sin6_flowinfo = 0;
  in->sin6_scope_id = (uint32_t)(to.meta >> 32);
  memcpy(in->sin6_addr.s6_addr, &high, 8);
  memcpy(in->sin6_addr.s6_addr + 8, &low, 8);
  return sizeof *in;
}

static inline socklen_t fill_address(struct sockaddr_storage *address, relay_family family, relay_endpoint to) {
  memset(address, 0, sizeof(struct sockaddr_in6));
  return family == relay_ipv4 ? fill_ipv4((struct sockaddr_in *)address, to)
                              : fill_ipv6((struct sockaddr_in6 *)address, to);
}

#endif
