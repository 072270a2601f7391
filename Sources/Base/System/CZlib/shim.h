#pragma once
#include <stddef.h>
#include <string.h>
#include <zlib.h>

/// Compresses bytes into the gzip format (RFC 1952). Returns the number of bytes written, or 0 if the output does not
/// fit or zlib is out of memory. `deflateInit2` is a macro, which Swift cannot import.
static inline size_t wpex_gzip(const unsigned char *input, size_t length, unsigned char *output, size_t capacity) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (length > 0xFFFFFFFFu || capacity > 0xFFFFFFFFu) return 0;
  if (deflateInit2(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  stream.next_in = (unsigned char *)input;
  stream.avail_in = (unsigned int)length;
  stream.next_out = output;
  stream.avail_out = (unsigned int)capacity;
  int status = deflate(&stream, Z_FINISH);
  size_t written = stream.total_out;
  deflateEnd(&stream);
  return status == Z_STREAM_END ? written : 0;
}
