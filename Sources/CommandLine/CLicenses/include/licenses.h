/// The licence texts of all software that is linked with or compiled into the programs, from the system's packages.
#ifndef WPEX_LICENSES_H
#define WPEX_LICENSES_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// A licence text. It lives as long as the program.
struct license_text {
  /// The package that it comes from, such as `libyaml-dev`, or the name of a common licence.
  const char *source;
  const unsigned char *bytes;
  size_t length;
};

/// The number of texts.
size_t license_text_count(void);

/// Returns the text at an index from 0 to `license_text_count() - 1`; NULL beyond.
const struct license_text *_Nullable license_text_at(size_t place);

#pragma clang assume_nonnull end

#endif
