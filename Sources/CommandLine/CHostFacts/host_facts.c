#define _GNU_SOURCE
#include "host_facts.h"
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

int host_clock_is_synchronized(void) {
  struct timex state = {0};
  if (adjtimex(&state) < 0) return -1;
  return (state.status & STA_UNSYNC) == 0;
}

static int ask(int channel, const char *interface, void *question) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  request.ifr_data = question;
  return ioctl(channel, SIOCETHTOOL, &request);
}

/// Returns the number of features of network devices; 0 if the kernel does not say.
static unsigned count_features(int channel, const char *interface) {
  union {
    struct ethtool_sset_info question;
    unsigned char bytes[sizeof(struct ethtool_sset_info) + sizeof(__u32)];
  } sizes = {.question = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
  if (ask(channel, interface, &sizes) != 0 || sizes.question.sset_mask == 0) return 0;
  __u32 count;
  memcpy(&count, sizes.bytes + offsetof(struct ethtool_sset_info, data), sizeof count);
  return count;
}

static int find(int channel, const char *interface, const char *feature, unsigned count) {
  int found = -1;
  unsigned words = (count + 31) / 32;
  struct ethtool_gstrings *names = calloc(1, sizeof *names + (size_t)count * ETH_GSTRING_LEN);
  struct ethtool_gfeatures *states = calloc(1, sizeof *states + words * sizeof states->features[0]);
  if (names != NULL && states != NULL) {
    names->cmd = ETHTOOL_GSTRINGS;
    names->string_set = ETH_SS_FEATURES;
    names->len = count;
    states->cmd = ETHTOOL_GFEATURES;
    states->size = words;
    if (ask(channel, interface, names) == 0 && ask(channel, interface, states) == 0) {
      for (unsigned index = 0; index < count; index++) {
        if (strncmp((const char *)names->data + (size_t)index * ETH_GSTRING_LEN, feature, ETH_GSTRING_LEN) != 0)
          continue;
        found = (states->features[index / 32].active >> (index % 32)) & 1;
      }
    }
  }
  free(names);
  free(states);
  return found;
}

int host_interface_feature(const char *interface, const char *feature) {
  int channel = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (channel < 0) return -1;
  unsigned count = count_features(channel, interface);
  int found = count > 0 && count < 4096 ? find(channel, interface, feature, count) : -1;
  close(channel);
  return found;
}
