#pragma once
#include <stddef.h>

/// The contents of the files in deploy/ci at compile time. Each function stores the number of bytes in `count`.
const unsigned char *wpex_ci_github_checks(size_t *count);
const unsigned char *wpex_ci_github_report(size_t *count);
const unsigned char *wpex_ci_gitlab(size_t *count);
