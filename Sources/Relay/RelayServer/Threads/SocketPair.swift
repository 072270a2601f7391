import RelayCore
import CRelayCore
import CRelaySockets
import Glibc

/// Sockets of one worker number: one per address family, if the family is available.
struct SocketPair: Sendable {
  var ipv4: Int32?
  var ipv6: Int32?
}
