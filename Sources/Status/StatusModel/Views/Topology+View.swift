import ConfigModel
import FleetMonitoring
import TextFormats

/// Graph of keys and relays as relays report it; nothing is inferred.
struct Topology: Sendable {
  /// Number of nodes above which keys are omitted.
  static let maxNodes = 2_000
  /// Most relays in one response.
  static let maxRelays = 10_000

  /// Kind of node.
  enum NodeKind: String, CaseIterable, Sendable { case relay, key }
  /// State of a connection.
  enum EdgeState: String, CaseIterable, Sendable { case up, down, unknown }

  /// A relay or a key.
  struct Node: Sendable {
    let id: String
    let kind: NodeKind
    let org: String
    let name: String
    let label: String
    let region: String?
    /// Health level of a relay, or connection state of a key.
    let status: String
    /// Number of a relay's active keys; nil for a key.
    let keys: Int?
    /// Number of those keys with a live session; nil for a key, or if the relay has not reported.
    let connected: Int?
  }

  /// A key that may use a relay.
  struct Edge: Sendable {
    let org: String
    let from: String
    let to: String
    let state: EdgeState
    let lastHandshake: Double?
    let bits: Double?
  }

  /// Whether keys are omitted because there are too many.
  let isCollapsed: Bool
  let nodes: [Node]
  let edges: [Edge]

  init(_ rows: [RelayRow], _ sight: VisibleSnapshot) {
    let shown = rows.prefix(Self.maxRelays)
    let keyCount = shown.reduce(0) { $0 + $1.declared.activeKeys.count }
    isCollapsed = rows.count > Self.maxRelays || shown.count + keyCount > Self.maxNodes
    var nodes: [Node] = []
    var edges: [Edge] = []
    var known: Set<String> = []
    for row in shown {
      nodes.append(Self.node(row))
      guard !isCollapsed else { continue }
      let live = Dictionary((row.record?.edges ?? []).map { ($0.key, $0) }) { first, _ in first }
      for peer in sight.peers(of: row) {
        let id = "key:\(peer.key.id)"
        if known.insert(id).inserted { nodes.append(Self.node(peer.key, id: id, sight)) }
        edges.append(Self.edge(peer, live[peer.key.name], row))
      }
    }
    self.nodes = nodes
    self.edges = edges
  }

  private static func node(_ row: RelayRow) -> Node {
    Node(
      id: "relay:\(row.declared.id)", kind: .relay, org: row.org, name: row.declared.name, label: row.declared.name,
      region: row.declared.spec.regions.joined(separator: ", "), status: row.level.rawValue,
      keys: row.declared.activeKeys.count,
      connected: row.isCounted ? row.record?.connectedKeys : nil)
  }

  private static func node(_ key: DeclaredKey, id: String, _ sight: VisibleSnapshot) -> Node {
    Node(
      id: id, kind: .key, org: key.org, name: key.name, label: key.spec.alias ?? key.name,
      region: key.spec.site?.region, status: sight.snapshot.peer(key)?.isConnected == true ? "connected" : "idle",
      keys: nil, connected: nil)
  }

  /// Returns the edge of a key. It is up only if the relay reports a live session.
  private static func edge(_ peer: PeerRow, _ live: TopologyEdge?, _ row: RelayRow) -> Edge {
    let state: EdgeState = row.freshness == .live ? (live == nil ? .down : .up) : .unknown
    return Edge(
      org: row.org, from: "key:\(peer.key.id)", to: "relay:\(row.declared.id)", state: state,
      lastHandshake: peer.state?.lastHandshake,
      bits: live.map { $0.receivedBitsPerSecond + $0.sentBitsPerSecond })
  }

  static let view = ObjectView<Topology>("Topology", "Which keys are connected to which relays", org: { _ in nil }) {
    view in
    view.boolean("collapsed", "whether keys are omitted because there are too many; if so, request one organization") {
      $0.isCollapsed
    }
    view.objects("nodes", nodeView, "relays and keys") { topology, _ in topology.nodes }
    view.objects("edges", edgeView, "which keys can use which relays, and whether they are connected") { topology, _ in
      topology.edges
    }
  }

  private static let nodeView = ObjectView<Node>("TopologyNode", "A relay or a key", org: { $0.org }) { view in
    view.text("id", "the id that edges refer to") { $0.id }
    view.choice("kind", "what it is") { $0.kind }
    view.text("org", "its organization") { $0.org }
    view.text("name", "its name") { $0.name }
    view.text("label", "display name") { $0.label }
    view.optionalText("region", "its region; those of a relay that has several, separated by commas") { $0.region }
    view.add(
      "status", .choice(HealthScore.Level.allCases.map(\.rawValue) + ["connected", "idle"]),
      "a relay's grade, or whether a key is connected"
    ) { node, _ in .string(node.status) }
    view.optionalInteger("keys", "active keys of a relay") { $0.keys }
    view.optionalInteger("connected", "active keys with a live session") { $0.connected }
  }

  private static let edgeView = ObjectView<Edge>("TopologyEdge", "A key that can use a relay", org: { $0.org }) {
    view in
    view.text("from", "the key's node") { $0.from }
    view.text("to", "the relay's node") { $0.to }
    view.choice("state", "`up` only if the relay reports a live session") { $0.state }
    view.time("lastHandshakeAt", "the last handshake with this relay") { $0.lastHandshake }
    view.optionalInteger("bitsPerSecond", "in both directions; null unless it is up") {
      $0.bits.map { Int(clamping: $0) }
    }
  }
}
