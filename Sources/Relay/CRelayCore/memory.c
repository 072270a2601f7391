#define _GNU_SOURCE
#include "relay_core.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void relay_yield(void) { sched_yield(); }

void *relay_map(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    fprintf(stderr, "wpex-relay: no %zu bytes of memory are left; lower the number of sessions\n", bytes);
    exit(3);
  }
  return memory;
}

void relay_unmap(void *memory, size_t bytes) { munmap(memory, bytes); }
