/// What a browser loads of the status pages, taken into the program by the compiler.
#ifndef WPEX_STATUS_PAGES_H
#define WPEX_STATUS_PAGES_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// A file that a browser loads. What it points to lives as long as the program.
struct status_page_file {
  /// Below the folder of the pages, such as `core/dom.js`.
  const char *path;
  const char *content_type;
  const unsigned char *bytes;
  size_t length;
};

/// How many files there are.
size_t status_page_count(void);

/// The file at a place from 0 to `status_page_count() - 1`; NULL beyond.
const struct status_page_file *_Nullable status_page_at(size_t place);

#pragma clang assume_nonnull end

#endif
