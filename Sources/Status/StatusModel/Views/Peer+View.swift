import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats

/// An active key of a relay, with the state the relay reports.
struct PeerRow: Sendable {
  let org: String
  let key: DeclaredKey
  /// State that the relay reports; nil if it reports none.
  let state: PeerState?

  /// States of a peer as they are shown.
  enum Shown: String, CaseIterable, Sendable { case connected, idle, never, unknown }

  var shown: Shown {
    switch state?.peer.state {
    case .connected: .connected
    case .idle: .idle
    case .never: .never
    case nil: .unknown
    }
  }

  static let view = ObjectView<PeerRow>("Peer", "A key as a relay reports it", org: { $0.org }) { view in
    view.text("key", "its name") { $0.key.name }
    view.optionalText("alias", "display name") { $0.key.spec.alias }
    view.optionalText("fingerprint", "SHA-256 of the public key", needs: .keysRead) {
      $0.state?.peer.fingerprint ?? $0.key.fingerprint
    }
    view.choice("state", "whether it has a live session") { $0.shown }
    view.optionalText("endpoint", "the address it was last seen at", needs: .keysRead) { $0.state?.peer.endpoint }
    view.integer("sessions", "live sessions") { $0.state?.peer.sessions ?? 0 }
    view.integer("handshakes", "completed since the relay started") { Int(clamping: $0.state?.peer.handshakes ?? 0) }
    view.time("lastHandshakeAt", "its last handshake") { $0.state?.lastHandshake }
    view.integer("receivedBytes", "from it, since the relay started") {
      Int(clamping: $0.state?.peer.receivedBytes ?? 0)
    }
    view.integer("sentBytes", "to it, since the relay started") { Int(clamping: $0.state?.peer.sentBytes ?? 0) }
    view.number("handshakeMilliseconds", "from initiation to confirmation") { $0.state?.peer.handshakeMilliseconds }
    view.number("pathMilliseconds", "from the relay to it and back") { $0.state?.peer.pathMilliseconds }
    view.optionalObject(
      "home", RelayInstance.Identity.view, "the pod or process at which it is at home; null if the relay has no cluster"
    ) { row, _ in row.state?.home }
  }

  static let summaryView = ObjectView<PeerSummary>("Peers", "The first peers of a relay", org: { _ in nil }) { view in
    view.integer("total", "active keys") { $0.rows.count }
    view.objects("items", PeerRow.view, "connected ones first") { summary, _ in summary.first }
  }

  static let list = ListView<PeerRow>(
    view: view, org: { $0.org }, id: { $0.key.name },
    words: { row, sight in
      let words = "\(row.key.name) \(row.key.spec.alias ?? "") \(row.shown.rawValue)"
      guard sight.allows(.keysRead, in: row.org) else { return words.lowercased() }
      return "\(words) \(row.state?.peer.endpoint ?? "") \(row.state?.peer.fingerprint ?? row.key.fingerprint ?? "")"
        .lowercased()
    },
    filters: [
      .init("state", .choice(Shown.allCases.map(\.rawValue)), "in this state") { row, value, _ in
        row.shown.rawValue == value
      }
    ],
    sorts: [
      .init("key") { row, _ in .text(row.key.name) }, .init("state") { row, _ in .text(row.shown.rawValue) },
      .init("lastHandshake") { row, _ in SortValue(row.state?.lastHandshake) },
      .init("received") { row, _ in .number(Double(row.state?.peer.receivedBytes ?? 0)) },
      .init("sent") { row, _ in .number(Double(row.state?.peer.sentBytes ?? 0)) },
    ])
}

/// The first peers of a relay.
struct PeerSummary: Sendable {
  let rows: [PeerRow]

  /// The peers shown, connected ones first.
  var first: [PeerRow] {
    let sorted = rows.filter { $0.shown == .connected } + rows.filter { $0.shown != .connected }
    return Array(sorted.prefix(RelayDetail.maxNames))
  }
}

extension VisibleSnapshot {
  /// Returns the active keys of a relay, sorted by name.
  func peers(of row: RelayRow) -> [PeerRow] {
    guard let model = snapshot.model else { return [] }
    let active = Set(row.declared.activeKeys)
    let states = snapshot.peerStates(of: row.declared.id)
    return model.keys[model.keyRange(row.org)].filter { active.contains($0.name) }.map { key in
      PeerRow(org: row.org, key: key, state: states[key.name])
    }
  }
}
