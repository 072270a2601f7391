#include "build_commit.h"

// scripts/dist writes the commit into this section of a linked program, so a new commit compiles nothing again.
static const char commit[64] __attribute__((section(".wpex.commit"))) = {0};

const char *build_commit(void) {
  const char *text = commit;
  // Without this, the compiler would know that the text is empty.
  __asm__("" : "+r"(text));
  return text;
}
