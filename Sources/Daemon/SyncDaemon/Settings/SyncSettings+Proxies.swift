package import ConfigModel

extension SyncSettings {
  /// The networks of `http.trustedProxies`.
  ///
  /// - Throws: `SyncDaemonError` if it has anything but addresses and networks.
  package func trustedProxies() throws(SyncDaemonError) -> [IPNetwork] {
    var networks: [IPNetwork] = []
    for text in (self["http.trustedProxies"] ?? "").split(separator: ",") {
      let text = text.filter { !$0.isWhitespace }
      guard
        let network = IPNetwork(text) ?? IPAddress(text).flatMap({ IPNetwork("\(text)/\($0.bytes.count * 8)") })
      else {
        throw SyncDaemonError(
          .usage, "the setting `http.trustedProxies` has addresses and networks, and `\(text)` is neither")
      }
      networks.append(network)
    }
    return networks
  }
}
