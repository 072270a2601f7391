import KeyBundles
import RelayCore
import TextFormats

/// Membership of a relay in a cluster, read from its options or its configuration file.
struct ClusterSettings: Sendable, Equatable {
  /// Where this member is reached by others.
  let control: Endpoint
  /// Where other members may be: host names are resolved again and again.
  let places: [HostPort]
  /// Path of the file with the cluster's key.
  let keyFile: String

  /// Keys that a file may hold: the one that is used, and one to change to or from.
  private static let maxKeys = 2

  /// Reads the options.
  ///
  /// - Throws: `RelayServerError` if an address or name has another form.
  init(_ options: RelayOptions.Cluster) throws(RelayServerError) {
    guard let control = Self.control(options.address) else {
      throw RelayServerError(.invalid, "--cluster needs \(Self.controlForm), not \(options.address)")
    }
    self.control = control
    var places: [HostPort] = []
    for text in options.join {
      guard let place = Self.place(text) else {
        throw RelayServerError(.invalid, "--cluster-join needs \(Self.placeForm), not \(text)")
      }
      places.append(place)
    }
    self.places = places
    keyFile = options.key
  }

  /// Reads the object `cluster` of the configuration file.
  ///
  /// - Throws: `RelayServerError` that names the member and its valid values.
  init(_ object: JSON) throws(RelayServerError) {
    guard case .object(let members) = object else { throw RelayConfiguration.wrong("cluster", "an object") }
    for (name, _) in members.pairs where !["address", "join", "key"].contains(name) {
      throw RelayConfiguration.unknown("cluster.\(name)")
    }
    guard let control = object["address"]?.text.flatMap(Self.control) else {
      throw RelayConfiguration.wrong("cluster.address", Self.controlForm)
    }
    self.control = control
    var places: [HostPort] = []
    if let join = object["join"] {
      guard let elements = join.elements else {
        throw RelayConfiguration.wrong("cluster.join", "a list: each element is \(Self.placeForm)")
      }
      for (index, element) in elements.enumerated() {
        guard let place = element.text.flatMap(Self.place) else {
          throw RelayConfiguration.wrong("cluster.join[\(index)]", Self.placeForm)
        }
        places.append(place)
      }
    }
    self.places = places
    guard let key = object["key"]?.text, !key.isEmpty else {
      throw RelayConfiguration.wrong("cluster.key", "the path of a file with \(Self.keyForm)")
    }
    keyFile = key
  }

  /// Returns the membership in a cluster: that of the configuration file, or else that of the command line.
  ///
  /// - Throws: `RelayServerError` if a flag has another form.
  static func effective(
    _ options: RelayOptions, _ configuration: RelayConfiguration
  ) throws(RelayServerError) -> ClusterSettings? {
    if let cluster = configuration.cluster { return cluster }
    return if let cluster = options.cluster { try ClusterSettings(cluster) } else { nil }
  }

  /// Reads the cluster's keys. The first one is used to send; a second one is accepted as well.
  ///
  /// - Throws: `RelayServerError` if the file cannot be read or has something else in it.
  func readKeys() throws(RelayServerError) -> [[UInt8]] {
    let lines = try Files.read(keyFile).split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      .map { $0.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } }.filter { !$0.isEmpty }
    let keys = lines.compactMap { Base64.decode($0, padded: true) }.filter { $0.count == 32 }
    guard !keys.isEmpty, keys.count == lines.count else {
      throw RelayServerError(.invalid, "\(keyFile) needs \(Self.keyForm)")
    }
    guard keys.count <= Self.maxKeys else {
      throw RelayServerError(
        .invalid,
        "\(keyFile) has \(keys.count) lines: it may have two keys during a change, of which the first one is used to send"
      )
    }
    return keys
  }

  private static let controlForm =
    "the address and port under which other members reach this one, such as 10.0.0.1:7000"
  private static let placeForm = "HOST:PORT of another member, such as relay-b:7000"
  private static let keyForm = "32 random bytes in base64: `head -c 32 /dev/urandom | base64` makes them"

  private static func control(_ text: String) -> Endpoint? {
    guard let address = HostPort(text), address.port != 0 else { return nil }
    return Endpoint(address: address.host, port: address.port)
  }

  private static func place(_ text: String) -> HostPort? {
    guard let place = HostPort(text), place.port != 0, !place.host.isEmpty else { return nil }
    return place
  }
}
