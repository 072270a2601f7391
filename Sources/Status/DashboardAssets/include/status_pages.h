/// Files of the status pages that a browser loads, embedded by the compiler.
#ifndef WPEX_STATUS_PAGES_H
#define WPEX_STATUS_PAGES_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// A file that a browser loads. Its pointers are valid for the life of the program.
struct status_page_file {
  /// Path below the folder of the pages, such as `core/dom.js`.
  const char *path;
  const char *content_type;
  const unsigned char *bytes;
  size_t length;
};

/// Number of files.
size_t status_page_count(void);

/// The file at an index from 0 to `status_page_count() - 1`; NULL beyond.
const struct status_page_file *_Nullable status_page_at(size_t place);

#pragma clang assume_nonnull end

#endif
