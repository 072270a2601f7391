import ConfigModel
import FleetMonitoring
import TextFormats

/// What to write into WireGuard's configuration at a site. It holds no key: whoever sets a site up has its own private key,
/// and the public keys of the others from them.
struct ClientConfiguration: Sendable {
  /// Sections of one answer.
  static let mostPeers = 50

  let row: RelayRow
  let key: DeclaredKey
  let others: [DeclaredKey]
  let showsFingerprints: Bool

  var fileName: String { "\(row.declared.name)-\(key.name).conf" }

  var text: String {
    let endpoint = row.observation?.endpoint ?? row.declared.endpoint ?? "<relay>:\(row.declared.spec.port)"
    var lines = [
      "# \(key.spec.alias ?? key.name), through relay \(row.declared.id)", "[Interface]",
      "PrivateKey = <private key of \(key.name)>", "Address = <address of this site in the tunnel>",
    ]
    for other in others.prefix(Self.mostPeers) {
      lines += ["", "# \(other.spec.alias ?? other.name)", "[Peer]"]
      if showsFingerprints, let fingerprint = other.fingerprint { lines.append("# its fingerprint: \(fingerprint)") }
      lines += [
        "PublicKey = <public key of \(other.name)>", "Endpoint = \(endpoint)",
        "AllowedIPs = \(showsFingerprints ? other.spec.site?.subnet ?? "<network behind it>" : "<network behind it>")",
        "PersistentKeepalive = 25",
      ]
    }
    if others.count > Self.mostPeers { lines += ["", "# … and \(others.count - Self.mostPeers) more, likewise"] }
    // Aliases are free text: none of them may begin a line of its own.
    return lines.map(\.visible).joined(separator: "\n") + "\n"
  }

  static let view = ObjectView<ClientConfiguration>(
    "ClientConfiguration", "A site's WireGuard configuration, without any key", org: { _ in nil }
  ) { view in
    view.text("key", "the site's key") { $0.key.name }
    view.text("fileName", "a name for the file") { $0.fileName }
    view.text("text", "what to write; replace what is in <…>") { $0.text }
    view.integer("peers", "other sites that use this relay") { $0.others.count }
  }
}
