import KeyBundles
import RelayCore
import TextFormats

/// Membership of a relay in a cluster, read from its options.
struct ClusterSettings: Sendable {
  /// Where this member is reached by others.
  let control: Endpoint
  /// Where other members may be: host names are resolved again and again.
  let places: [HostPort]
  /// Path of the file with the cluster's key.
  let keyFile: String

  /// Reads the options.
  ///
  /// - Throws: `RelayServerError` if an address or name has another form.
  init(_ options: RelayOptions.Cluster) throws(RelayServerError) {
    guard let address = HostPort(options.address), address.port != 0,
      let control = Endpoint(address: address.host, port: address.port)
    else {
      throw RelayServerError(
        .invalid,
        "--cluster needs the address and port under which other members reach this one, such as 10.0.0.1:7000, not \(options.address)"
      )
    }
    self.control = control
    var places: [HostPort] = []
    for text in options.join {
      guard let place = HostPort(text), place.port != 0, !place.host.isEmpty else {
        throw RelayServerError(
          .invalid, "--cluster-join needs HOST:PORT of another member, such as relay-b:7000, not \(text)")
      }
      places.append(place)
    }
    self.places = places
    keyFile = options.key
  }

  /// Reads the cluster's key.
  ///
  /// - Throws: `RelayServerError` if the file cannot be read or has something else in it.
  func readKey() throws(RelayServerError) -> [UInt8] {
    let text = String(decoding: try Files.read(keyFile), as: UTF8.self).filter { !$0.isWhitespace }
    guard let key = Base64.decode(Array(text.utf8), padded: true), key.count == 32 else {
      throw RelayServerError(
        .invalid, "\(keyFile) needs 32 random bytes in base64: `head -c 32 /dev/urandom | base64` makes them")
    }
    return key
  }
}
