import FairShares
import Glibc
package import NIOCore
import Synchronization

/// The open connections of a server, limited in total and for each network.
///
/// New connections are always accepted. If there are too many, the network with the most loses its longest idle one, so
/// that a health probe or a client from elsewhere can connect no matter what one network does.
package final class ConnectionTable: Sendable {
  private struct State {
    var clients: FairTable<ObjectIdentifier, any Channel>
    var proxies: FairTable<ObjectIdentifier, any Channel>
  }

  private let state: Mutex<State>
  private let isProxy: @Sendable (SocketAddress) -> Bool

  /// Creates an empty table.
  ///
  /// - Parameters:
  ///   - capacity: the maximum number of connections; lower if the process may not open enough files.
  ///   - isProxy: whether an address belongs to a proxy, whose connections serve many clients. Such connections are
  ///     counted separately, and one proxy may use the entire capacity.
  package init(capacity: Int, isProxy: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }) {
    let capacity = max(1, min(capacity, OpenFiles.available / 2))
    self.isProxy = isProxy
    // A quarter is more than the browsers behind one address need, but leaves enough for others.
    state = Mutex(
      State(
        clients: FairTable(capacity: capacity, maxShare: max(1, capacity / 4)),
        proxies: FairTable(capacity: capacity, maxShare: capacity)))
  }

  /// Adds a connection until it closes, and closes those that must make room for it.
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

  /// Sets whether a connection is waiting for a response.
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
  /// The 4 or 16 bytes of the IP address; nil for other addresses.
  fileprivate var bytes: [UInt8]? {
    guard let text = ipAddress else { return nil }
    var bytes = [UInt8](repeating: 0, count: self.protocol == .inet ? 4 : 16)
    // A zone is local to this machine and not part of the address.
    let plain = String(text.prefix { $0 != "%" })
    return inet_pton(self.protocol == .inet ? AF_INET : AF_INET6, plain, &bytes) == 1 ? bytes : nil
  }
}
