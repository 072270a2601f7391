#include <nss.h>
#include <sys/auxv.h>

#include "relay_sockets.h"

void relay_keep_names_static(void) {
  // A static program has no dynamic linker, which would have been mapped at this address.
  if (getauxval(AT_BASE) == 0) { __nss_configure_lookup("hosts", "files dns"); }
}
