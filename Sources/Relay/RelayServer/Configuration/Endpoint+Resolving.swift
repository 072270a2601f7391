import Glibc
import RelayCore

extension Endpoint {
  /// Returns the addresses of a host in the resolver's order; none if it cannot be resolved. It may block for long.
  ///
  /// - Parameter host: A name, or an address of either family.
  static func addresses(of host: String, port: UInt16) -> [Endpoint] {
    if let endpoint = Endpoint(address: host, port: port) { return [endpoint] }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    return sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { entry in
      guard let entry else { return nil }
      var text = [CChar](repeating: 0, count: 128)
      let status = getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      guard status == 0 else { return nil }
      return Endpoint(
        address: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), port: port)
    }
  }
}
