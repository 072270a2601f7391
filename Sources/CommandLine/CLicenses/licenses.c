// Debian packages provide their licences in /usr/share/doc/PACKAGE/copyright; base-files provides common licences.
#include "licenses.h"

// clang-format does not know #embed.
// clang-format off
static const unsigned char wpex[] = {
#embed "../../../NOTICE"
};
static const unsigned char apache[] = {
#embed "/usr/share/common-licenses/Apache-2.0"
};
static const unsigned char chart_js[] = {
#embed "/usr/share/doc/libjs-chart.js/copyright"
};
static const unsigned char d3[] = {
#embed "/usr/share/doc/node-d3/copyright"
};
static const unsigned char libgit2[] = {
#embed "/usr/share/doc/libgit2-dev/copyright"
};
static const unsigned char libyaml[] = {
#embed "/usr/share/doc/libyaml-dev/copyright"
};
static const unsigned char openssl[] = {
#embed "/usr/share/doc/libssl-dev/copyright"
};
static const unsigned char libpq[] = {
#embed "/usr/share/doc/libpq-dev/copyright"
};
static const unsigned char sqlite[] = {
#embed "/usr/share/doc/libsqlite3-dev/copyright"
};
static const unsigned char zlib[] = {
#embed "/usr/share/doc/zlib1g-dev/copyright"
};
static const unsigned char glibc[] = {
#embed "/usr/share/doc/libc6-dev/copyright"
};
static const unsigned char gcc[] = {
#embed "/usr/share/doc/gcc-12-base/copyright"
};
static const unsigned char libssh2[] = {
#embed "/usr/share/doc/libssh2-1-dev/copyright"
};
static const unsigned char mbedtls[] = {
#embed "/usr/share/doc/libmbedtls-dev/copyright"
};
static const unsigned char http_parser[] = {
#embed "/usr/share/doc/libhttp-parser-dev/copyright"
};
static const unsigned char pcre2[] = {
#embed "/usr/share/doc/libpcre2-dev/copyright"
};
// clang-format on

#define TEXT(source, bytes) \
  { source, bytes, sizeof(bytes) }

static const struct license_text texts[] = {
    TEXT("NOTICE", wpex),
    TEXT("Apache-2.0", apache),
    TEXT("libjs-chart.js", chart_js),
    TEXT("node-d3", d3),
    TEXT("libgit2-dev", libgit2),
    TEXT("libyaml-dev", libyaml),
    TEXT("libssl-dev", openssl),
    TEXT("libpq-dev", libpq),
    TEXT("libsqlite3-dev", sqlite),
    TEXT("zlib1g-dev", zlib),
    TEXT("libc6-dev", glibc),
    TEXT("gcc-12-base", gcc),
    TEXT("libssh2-1-dev", libssh2),
    TEXT("libmbedtls-dev", mbedtls),
    TEXT("libhttp-parser-dev", http_parser),
    TEXT("libpcre2-dev", pcre2),
};

size_t license_text_count(void) { return sizeof(texts) / sizeof(texts[0]); }

const struct license_text *license_text_at(size_t place) { return place < license_text_count() ? &texts[place] : NULL; }
