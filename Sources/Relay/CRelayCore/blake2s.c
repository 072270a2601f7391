#include "relay_core.h"
#include <string.h>

static const uint32_t iv[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                               0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static inline uint32_t load_le32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void store_le32(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)v;
  p[1] = (uint8_t)(v >> 8);
  p[2] = (uint8_t)(v >> 16);
  p[3] = (uint8_t)(v >> 24);
}

// The round function works on scalars and on vectors.
#define ROTATE(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define MIX(a, b, c, d, x, y) \
  a = a + b + (x);            \
  d = ROTATE(d ^ a, 16);      \
  c = c + d;                  \
  b = ROTATE(b ^ c, 12);      \
  a = a + b + (y);            \
  d = ROTATE(d ^ a, 8);       \
  c = c + d;                  \
  b = ROTATE(b ^ c, 7);
#define ROUND(s)                                \
  MIX(v0, v4, v8, v12, m[(s)[0]], m[(s)[1]])    \
  MIX(v1, v5, v9, v13, m[(s)[2]], m[(s)[3]])    \
  MIX(v2, v6, v10, v14, m[(s)[4]], m[(s)[5]])   \
  MIX(v3, v7, v11, v15, m[(s)[6]], m[(s)[7]])   \
  MIX(v0, v5, v10, v15, m[(s)[8]], m[(s)[9]])   \
  MIX(v1, v6, v11, v12, m[(s)[10]], m[(s)[11]]) \
  MIX(v2, v7, v8, v13, m[(s)[12]], m[(s)[13]])  \
  MIX(v3, v4, v9, v14, m[(s)[14]], m[(s)[15]])
// One compression of the block `m` into `h`, where `count` is the number of bytes so far, and `last` is all ones for
// the final block.
#define COMPRESS(word, h, m, count, last)                                                                             \
  do {                                                                                                                \
    word v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3], v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7];                      \
    word v8 = (word){0} + iv[0], v9 = (word){0} + iv[1], v10 = (word){0} + iv[2], v11 = (word){0} + iv[3];            \
    word v12 = (word){0} + (iv[4] ^ (count)), v13 = (word){0} + iv[5];                                                \
    word v14 = (word){0} + (iv[6] ^ (last)), v15 = (word){0} + iv[7];                                                 \
    _Pragma("clang loop unroll(full)") for (int round = 0; round < 10; round++){ROUND(sigma[round])} h[0] ^= v0 ^ v8; \
    h[1] ^= v1 ^ v9;                                                                                                  \
    h[2] ^= v2 ^ v10;                                                                                                 \
    h[3] ^= v3 ^ v11;                                                                                                 \
    h[4] ^= v4 ^ v12;                                                                                                 \
    h[5] ^= v5 ^ v13;                                                                                                 \
    h[6] ^= v6 ^ v14;                                                                                                 \
    h[7] ^= v7 ^ v15;                                                                                                 \
  } while (0)

static void load_block(uint32_t m[16], const uint8_t *data, size_t length) {
  uint8_t block[64];
  if (length < 64) {
    memset(block, 0, sizeof block);
    memcpy(block, data, length);
    data = block;
  }
  for (int i = 0; i < 16; i++) m[i] = load_le32(data + 4 * i);
}

/// Continues from `h`, which has absorbed `counted` bytes, with the last `length` ≥ 1 bytes.
static void finish(uint32_t h[8], uint32_t counted, const uint8_t *data, size_t length) {
  uint32_t m[16];
  while (length > 64) {
    counted += 64;
    load_block(m, data, 64);
    COMPRESS(uint32_t, h, m, counted, 0u);
    data += 64;
    length -= 64;
  }
  counted += (uint32_t)length;
  load_block(m, data, length);
  COMPRESS(uint32_t, h, m, counted, 0xFFFFFFFFu);
}

void relay_blake2s(uint8_t *out, size_t out_length, const uint8_t *key, size_t key_length, const uint8_t *data,
                   size_t length) {
  uint32_t h[8];
  memcpy(h, iv, sizeof h);
  h[0] ^= 0x01010000u ^ (uint32_t)key_length << 8 ^ (uint32_t)out_length;
  if (key_length > 0) {
    uint8_t block[64] = {0};
    memcpy(block, key, key_length);
    if (length == 0) {
      finish(h, 0, block, 64);
    } else {
      uint32_t m[16];
      load_block(m, block, 64);
      COMPRESS(uint32_t, h, m, 64u, 0u);
      finish(h, 64, data, length);
    }
  } else {
    finish(h, 0, data, length);
  }
  uint8_t digest[32];
  for (int i = 0; i < 8; i++) store_le32(digest + 4 * i, h[i]);
  memcpy(out, digest, out_length);
}

void relay_mac_midstate(uint32_t state[8], const uint8_t key[32]) {
  uint8_t block[64] = {0};
  uint32_t m[16];
  memcpy(block, key, 32);
  memcpy(state, iv, 8 * sizeof(uint32_t));
  state[0] ^= 0x01010000u ^ 32u << 8 ^ 16u;
  load_block(m, block, 64);
  COMPRESS(uint32_t, state, m, 64u, 0u);
}

void relay_mac_finish(const uint32_t state[8], const uint8_t *message, size_t length, uint8_t mac[16]) {
  uint32_t h[8];
  memcpy(h, state, sizeof h);
  finish(h, 64, message, length);
  for (int i = 0; i < 4; i++) store_le32(mac + 4 * i, h[i]);
}

// The search: one message against many keys, one key per lane.

typedef uint32_t lanes8 __attribute__((vector_size(32)));
typedef uint32_t lanes16 __attribute__((vector_size(64)));

enum { most_blocks = 4 };

#define DEFINE_SEARCH(name, word, width, attributes)                                                       \
  attributes static ptrdiff_t name(const uint32_t *states, size_t count, const uint32_t blocks[][16],      \
                                   size_t block_count, uint32_t length, const uint32_t wanted[4]) {        \
    for (size_t base = 0; base < count; base += width) {                                                   \
      const uint32_t *group = states + base / relay_lanes * relay_lanes * 8 + base % relay_lanes;          \
      word h[8];                                                                                           \
      for (int i = 0; i < 8; i++) memcpy(&h[i], group + i * relay_lanes, sizeof(word));                    \
      for (size_t b = 0; b < block_count; b++) {                                                           \
        const uint32_t *m = blocks[b];                                                                     \
        uint32_t last = b + 1 == block_count ? 0xFFFFFFFFu : 0u;                                           \
        uint32_t counted = 64 + (last ? length : 64 * (uint32_t)(b + 1));                                  \
        COMPRESS(word, h, m, counted, last);                                                               \
      }                                                                                                    \
      word difference = (h[0] ^ wanted[0]) | (h[1] ^ wanted[1]) | (h[2] ^ wanted[2]) | (h[3] ^ wanted[3]); \
      for (size_t lane = 0; lane < width && base + lane < count; lane++) {                                 \
        if (difference[lane] == 0) return (ptrdiff_t)(base + lane);                                        \
      }                                                                                                    \
    }                                                                                                      \
    return -1;                                                                                             \
  }

DEFINE_SEARCH(search_generic, lanes8, 8, )
#if defined(__x86_64__)
DEFINE_SEARCH(search_avx2, lanes8, 8, __attribute__((target("avx2"))))
DEFINE_SEARCH(search_avx512, lanes16, 16, __attribute__((target("avx512f,avx512vl"))))
#endif

typedef ptrdiff_t search(const uint32_t *, size_t, const uint32_t[][16], size_t, uint32_t, const uint32_t[4]);

static search *find_variant(const char *name) {
  if (strcmp(name, "generic") == 0) return search_generic;
#if defined(__x86_64__)
  if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2")) return search_avx2;
  if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    return search_avx512;
#endif
  return NULL;
}

const char *relay_mac_search_variant(void) {
  return find_variant("avx512") ? "avx512" : find_variant("avx2") ? "avx2" : "generic";
}

static ptrdiff_t run(search *variant, const uint32_t *states, size_t count, const uint8_t *message, size_t length,
                     const uint8_t mac[16]) {
  if (length == 0 || length > 64 * most_blocks) return -1;
  uint32_t blocks[most_blocks][16];
  uint32_t wanted[4];
  size_t block_count = (length + 63) / 64;
  for (size_t b = 0; b < block_count; b++)
    load_block(blocks[b], message + 64 * b, b + 1 == block_count ? length - 64 * b : 64);
  for (int i = 0; i < 4; i++) wanted[i] = load_le32(mac + 4 * i);
  return variant(states, count, blocks, block_count, (uint32_t)length, wanted);
}

ptrdiff_t relay_mac_search(const uint32_t *states, size_t count, const uint8_t *message, size_t length,
                           const uint8_t mac[16]) {
  return run(find_variant(relay_mac_search_variant()), states, count, message, length, mac);
}

ptrdiff_t relay_mac_search_with(const char *variant, const uint32_t *states, size_t count, const uint8_t *message,
                                size_t length, const uint8_t mac[16]) {
  search *found = find_variant(variant);
  return found ? run(found, states, count, message, length, mac) : -2;
}

bool relay_mac_equal(const uint8_t a[16], const uint8_t b[16]) {
  uint8_t difference = 0;
  for (int i = 0; i < 16; i++) difference |= a[i] ^ b[i];
  return difference == 0;
}

#define QUARTER(a, b, c, d)   \
  a += b;                     \
  d = ROTATE_LEFT(d ^ a, 16); \
  c += d;                     \
  b = ROTATE_LEFT(b ^ c, 12); \
  a += b;                     \
  d = ROTATE_LEFT(d ^ a, 8);  \
  c += d;                     \
  b = ROTATE_LEFT(b ^ c, 7);
#define ROTATE_LEFT(x, n) (((x) << (n)) | ((x) >> (32 - (n))))

void relay_hchacha20(uint8_t out[32], const uint8_t key[32], const uint8_t nonce[16]) {
  uint32_t x[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (int i = 0; i < 8; i++) x[4 + i] = load_le32(key + 4 * i);
  for (int i = 0; i < 4; i++) x[12 + i] = load_le32(nonce + 4 * i);
  for (int round = 0; round < 10; round++) {
    QUARTER(x[0], x[4], x[8], x[12])
    QUARTER(x[1], x[5], x[9], x[13])
    QUARTER(x[2], x[6], x[10], x[14])
    QUARTER(x[3], x[7], x[11], x[15])
    QUARTER(x[0], x[5], x[10], x[15])
    QUARTER(x[1], x[6], x[11], x[12])
    QUARTER(x[2], x[7], x[8], x[13])
    QUARTER(x[3], x[4], x[9], x[14])
  }
  for (int i = 0; i < 4; i++) store_le32(out + 4 * i, x[i]);
  for (int i = 0; i < 4; i++) store_le32(out + 16 + 4 * i, x[12 + i]);
}
