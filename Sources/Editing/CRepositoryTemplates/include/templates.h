#pragma once
#include <stddef.h>

/// The files of deploy/ci as they stood when this was compiled; `count` becomes the number of bytes.
const unsigned char *wpex_ci_github_checks(size_t *count);
const unsigned char *wpex_ci_github_report(size_t *count);
const unsigned char *wpex_ci_gitlab(size_t *count);
const unsigned char *wpex_ci_pre_receive(size_t *count);
