import FairShares
import Glibc
package import NIOCore
import Synchronization

/// The open connections of a server, bounded in all and for each network.
///
/// A new connection is always taken. Where there are too many, the network that has most loses the one that was silent for
/// longest: a probe of the server's health, or anybody from elsewhere, finds a place whatever one network does.
package final class ConnectionTable: Sendable {
  private struct State {
    var clients: FairTable<ObjectIdentifier, any Channel>
    var proxies: FairTable<ObjectIdentifier, any Channel>
  }

  private let state: Mutex<State>
  private let isProxy: @Sendable (SocketAddress) -> Bool

  /// - Parameters:
  ///   - capacity: connections at a time; fewer where the process may not open as many files.
  ///   - isProxy: whether an address is a proxy's, whose connections are many clients': they are counted by themselves, and
  ///     one proxy may have all of them.
  package init(capacity: Int, isProxy: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }) {
    let capacity = max(1, min(capacity, OpenFiles.available / 2))
    self.isProxy = isProxy
    // A quarter is more than the browsers behind one address use, and less than takes the server from others.
    state = Mutex(
      State(
        clients: FairTable(capacity: capacity, largestShare: max(1, capacity / 4)),
        proxies: FairTable(capacity: capacity, largestShare: capacity)))
  }

  /// Takes a connection until it closes, and closes those that make room for it.
  func enter(_ channel: any Channel) {
    let name = ObjectIdentifier(channel)
    let address = channel.remoteAddress
    let source = FairSource.network(address?.bytes)
    let isProxy = address.map(isProxy) ?? false
    let gone = state.withLock { state in
      isProxy
        ? state.proxies.insert(name, channel, of: source) : state.clients.insert(name, channel, of: source)
    }
    channel.closeFuture.whenComplete { [self] _ in leave(name) }
    for (_, connection) in gone { connection.close(promise: nil) }
  }

  /// Says whether a connection waits for an answer of ours.
  func mark(_ channel: any Channel, isBusy: Bool) {
    let name = ObjectIdentifier(channel)
    state.withLock { state in
      state.clients.mark(name, isBusy: isBusy)
      state.clients.touch(name)
      state.proxies.mark(name, isBusy: isBusy)
      state.proxies.touch(name)
    }
  }

  private func leave(_ name: ObjectIdentifier) {
    state.withLock { state in
      state.clients.remove(name)
      state.proxies.remove(name)
    }
  }
}

extension SocketAddress {
  /// The 4 or 16 bytes of an IP address.
  fileprivate var bytes: [UInt8]? {
    guard let text = ipAddress else { return nil }
    var bytes = [UInt8](repeating: 0, count: self.protocol == .inet ? 4 : 16)
    // A zone belongs to this machine, and not to the address.
    let plain = String(text.prefix { $0 != "%" })
    return inet_pton(self.protocol == .inet ? AF_INET : AF_INET6, plain, &bytes) == 1 ? bytes : nil
  }
}
