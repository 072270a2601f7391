/// What the kernel says of this machine in calls that Swift cannot make.
#ifndef WPEX_HOST_FACTS_H
#define WPEX_HOST_FACTS_H

#pragma clang assume_nonnull begin

/// Returns 1 if the clock is kept in step with others, 0 if it is not, -1 if the kernel does not say.
int host_clock_is_synchronized(void);

/// Returns 1 if an interface has a feature turned on, 0 if it is off, -1 if the interface does not have it.
int host_interface_feature(const char *interface, const char *feature);

#pragma clang assume_nonnull end

#endif
