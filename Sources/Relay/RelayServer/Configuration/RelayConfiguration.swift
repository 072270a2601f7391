import ProbePolicy
package import RelayCore
import TextFormats
import KeyBundles

/// The `--config` file: everything that may change while the relay runs, except the keys of bundles.
///
/// ```json
/// {
///   "broadcastRate": 5, "bandwidthMbps": 1000, "packetsPerSecond": 200000,
///   "limits": { "strangersPerNetwork": 1000, "perAddress": 500 },
///   "perKey": { "bandwidthMbps": 200, "packetsPerSecond": 50000 },
///   "gso": "auto", "roaming": "candidate", "token": "…",
///   "denyPrivateTargets": true, "allowedTargets": ["10.20.0.0/16"], "deniedTargets": ["203.0.113.0/24"],
///   "probes": [{ "name": "upstream", "ping": "192.0.2.1" }],
///   "cluster": { "address": "10.0.0.1:7000", "join": ["relay-b:7000"], "key": "/etc/wpex/cluster.key" },
///   "keys": [{ "name": "warehouse", "publicKey": "…", "group": "acme" }]
/// }
/// ```
package struct RelayConfiguration: Sendable {
  /// A declared probe.
  package struct Probe: Sendable, Equatable {
    /// Type of a probe.
    package enum Kind: String, Sendable { case ping, traceroute }
    /// Name of the probe.
    package let name: String
    /// Type of the probe.
    package let kind: Kind
    /// Host name or address to probe.
    package let target: String
  }

  /// Broadcasts per second that one address may cause; nil if not set.
  package var broadcastRate: UInt32?
  /// Handshake rates; those that the file does not name keep their defaults.
  package var limits = RelayLimits()
  /// Bandwidth and packet caps.
  package var caps = Caps()
  /// Whether datagrams are sent with UDP_SEGMENT; nil if not set.
  package var segmentation: RelayOptions.Segmentation?
  /// Whether only handshakes move a return path; nil if not set.
  package var strictRoaming: Bool?
  /// Bearer token for everything beyond reading.
  var token: String?
  /// Permitted targets of probes and measurements.
  var targets = ProbePolicy()
  /// Declared probes.
  package var probes: [Probe] = []
  /// Keys in the file.
  package var keys: [AllowedKey] = []
  /// Membership in a cluster; nil if the file says nothing of it.
  var cluster: ClusterSettings?
  /// Whether the file has a list of keys. An empty list means that no one may use the relay.
  package var listsKeys = false

  /// Minimum length of the token in bytes.
  static let minTokenLength = 16

  /// Creates an empty configuration.
  package init() {}

  /// Parses the JSON of a configuration file.
  ///
  /// - Throws: `RelayServerError` that names the member and its valid values.
  package init(parsing bytes: [UInt8]) throws(RelayServerError) {
    guard let json = try? JSON(parsing: bytes), case .object(let members) = json else {
      throw RelayServerError(.invalid, "the configuration is not a JSON object")
    }
    for (name, value) in members.pairs { try read(name, value) }
  }

  private mutating func read(_ name: String, _ value: JSON) throws(RelayServerError) {
    switch name {
    case "broadcastRate": broadcastRate = UInt32(try Self.number(value, name, 1...1_000_000))
    case "limits":
      guard case .object(let members) = value else { throw Self.wrong(name, "an object") }
      for (inner, value) in members.pairs {
        guard let rate = Self.rates[inner] else { throw Self.unknown("limits.\(inner)") }
        limits[keyPath: rate] = limits[keyPath: rate].scaled(
          to: UInt32(try Self.number(value, "limits.\(inner)", 1...1_000_000)))
      }
    case "bandwidthMbps": caps.relayBitsPerSecond = try Self.number(value, name, 1...10_000_000) * 1_000_000
    case "packetsPerSecond": caps.relayPacketsPerSecond = try Self.number(value, name, 1...1_000_000_000)
    case "perKey":
      guard case .object(let members) = value else { throw Self.wrong(name, "an object") }
      for (inner, value) in members.pairs {
        switch inner {
        case "bandwidthMbps":
          caps.keyBitsPerSecond = try Self.number(value, "perKey.\(inner)", 1...10_000_000) * 1_000_000
        case "packetsPerSecond":
          caps.keyPacketsPerSecond = try Self.number(value, "perKey.\(inner)", 1...1_000_000_000)
        default: throw Self.unknown("perKey.\(inner)")
        }
      }
    case "gso":
      guard let choice = value.text.flatMap(RelayOptions.Segmentation.init) else {
        throw Self.wrong(name, "\"on\", \"off\" or \"auto\"")
      }
      segmentation = choice
    case "roaming":
      guard let text = value.text, ["candidate", "strict"].contains(text) else {
        throw Self.wrong(name, "\"candidate\" or \"strict\"")
      }
      strictRoaming = text == "strict"
    case "token":
      guard let text = value.text, text.utf8.count >= Self.minTokenLength else {
        throw Self.wrong(name, "a string of at least \(Self.minTokenLength) bytes")
      }
      token = text
    case "denyPrivateTargets":
      guard case .bool(let flag) = value else { throw Self.wrong(name, "true or false") }
      targets.deniesPrivate = flag
    case "allowedTargets": targets.allowed = try Self.networks(name, value)
    case "deniedTargets": targets.denied = try Self.networks(name, value)
    case "cluster": cluster = try ClusterSettings(value)
    case "probes": probes = try Self.probes(value)
    case "keys":
      keys = try Self.keys(value)
      listsKeys = true
    default: throw Self.unknown(name)
    }
  }

  private static func networks(_ name: String, _ value: JSON) throws(RelayServerError) -> [AddressRange] {
    guard let elements = value.elements else { throw wrong(name, "a list of networks, as in 10.20.0.0/16") }
    var networks: [AddressRange] = []
    for element in elements {
      guard let network = element.text.flatMap(AddressRange.init) else {
        throw wrong(name, "a list of networks, as in 10.20.0.0/16")
      }
      networks.append(network)
    }
    return networks
  }

  /// Members of `limits`, with the rates that they set.
  static var rates: [String: WritableKeyPath<RelayLimits, RelayLimits.Rate>] {
    [
      "strangersPerNetwork": \.sourceRate, "strangersPerKey": \.keyRate, "strangers": \.totalRate,
      "newcomersPerNetwork": \.newcomerSourceRate, "newcomersPerKey": \.newcomerKeyRate,
      "newcomers": \.newcomerTotalRate, "perAddress": \.memberRate, "broadcastCopies": \.broadcastCopies,
      "broadcastCopiesPerGroup": \.broadcastCopiesPerGroup,
    ]
  }

  private static func probes(_ value: JSON) throws(RelayServerError) -> [Probe] {
    guard let elements = value.elements, elements.count <= 50 else { throw wrong("probes", "a list of at most 50") }
    var probes: [Probe] = []
    for (index, element) in elements.enumerated() {
      let place = "probes[\(index)]"
      guard let name = element["name"]?.text, !name.isEmpty else { throw wrong("\(place).name", "a name") }
      switch (element["ping"]?.text, element["traceroute"]?.text) {
      case (let target?, nil): probes.append(Probe(name: name, kind: .ping, target: target))
      case (nil, let target?): probes.append(Probe(name: name, kind: .traceroute, target: target))
      default: throw wrong(place, "exactly one of ping and traceroute, with a host")
      }
    }
    return probes
  }

  private static func keys(_ value: JSON) throws(RelayServerError) -> [AllowedKey] {
    guard let elements = value.elements else { throw wrong("keys", "a list") }
    var keys: [AllowedKey] = []
    for (index, element) in elements.enumerated() {
      let place = "keys[\(index)]"
      guard let name = element["name"]?.text, !name.isEmpty else { throw wrong("\(place).name", "a name") }
      guard let text = element["publicKey"]?.text, let key = try? WireGuardKey(text),
        let fingerprint = try? KeyFingerprint(of: key).text
      else { throw wrong("\(place).publicKey", "a WireGuard public key: 44 characters of base64") }
      keys.append(
        AllowedKey(
          name: name, alias: element["alias"]?.text, fingerprint: fingerprint, publicKey: key.bytes,
          group: element["group"]?.text ?? KeySources.commandLineGroup))
    }
    return keys
  }

  private static func number(_ value: JSON, _ name: String, _ range: ClosedRange<Int>) throws(RelayServerError)
    -> UInt64
  {
    guard let number = value.int, range.contains(number) else {
      throw wrong(name, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return UInt64(number)
  }

  /// Returns the error for a member with an invalid value.
  static func wrong(_ name: String, _ expected: String) -> RelayServerError {
    RelayServerError(.invalid, "`\(name)` of the configuration must be \(expected)")
  }

  /// Returns the error for an unknown member.
  static func unknown(_ name: String) -> RelayServerError {
    RelayServerError(.invalid, "the configuration has an unknown member `\(name)`; docs/relay.md lists them all")
  }
}
