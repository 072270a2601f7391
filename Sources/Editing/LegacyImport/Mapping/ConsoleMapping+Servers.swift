import ConfigModel
import TextFormats

extension ConsoleMapping {
  /// Converts the servers into relays, and accounts for each link between a server and a key.
  mutating func mapServers() {
    var names: [String: DocumentNames] = [:]
    var endpoints: [String: String] = [:]
    let links = Dictionary(grouping: contents.links) { $0.reference("server_id") ?? [] }
    let known = Set(contents.servers.compactMap { $0.reference("id") })
    var seen: Set<[UInt8]> = []
    for row in contents.servers {
      var outcome = ImportedRow(row, name: row.text("name"))
      // A second server with the same id would claim the first one's links.
      let id = row.reference("id")
      let own = id.map { seen.insert($0).inserted ? links[$0] ?? [] : [] } ?? []
      switch relay(of: row, own, &names, &endpoints, &outcome) {
      case .failure(let leftOut):
        outcome.notes.append(leftOut.reason)
        rows.append(outcome)
        for link in own { leaveOut(link, "its server was left out") }
      case .success(let (document, organization, used)):
        outcome.path = document.path
        documents.append(document)
        rows.append(outcome)
        for link in own { account(for: link, used: used, organization: organization, path: document.path) }
      }
    }
    for link in contents.links where !known.contains(link.reference("server_id") ?? []) {
      leaveOut(link, "its server does not exist")
    }
  }

  private mutating func leaveOut(_ link: ConsoleRow, _ reason: String) {
    var outcome = ImportedRow(link)
    outcome.notes.append(reason)
    rows.append(outcome)
  }

  private mutating func account(for link: ConsoleRow, used: Set<String>, organization: String, path: String) {
    var outcome = ImportedRow(link)
    if let key = keys[link.reference("key_id") ?? []] {
      if key.organization == organization, used.contains(key.name) {
        outcome.path = path
      } else {
        outcome.notes.append("the key belongs to `\(key.organization)`, and the relay to `\(organization)`")
      }
    } else {
      outcome.notes.append("its key was left out, or does not exist")
    }
    rows.append(outcome)
  }

  private mutating func relay(
    of row: ConsoleRow, _ links: [ConsoleRow], _ names: inout [String: DocumentNames],
    _ endpoints: inout [String: String],
    _ outcome: inout ImportedRow
  ) -> Result<(ImportedDocument, organization: String, used: Set<String>), LeftOut> {
    let organization: Organization
    switch self.organization(of: row) {
    case .failure(let leftOut): return .failure(leftOut)
    case .success(let found): organization = found
    }
    guard let port = row.integer("port"), (1...65_535).contains(port) else {
      return .failure(LeftOut("its port is not a port number: \(ImportedRow.shown(row.text("port") ?? "NULL"))"))
    }
    let region = row.text("region").flatMap(DocumentNames.label) ?? options.region
    if row.text("region") != region { outcome.notes.append("in region `\(region)`") }
    guard regionsWithRoom.contains(region) else {
      return .failure(
        LeftOut(
          "the console has more than the \(RegionVotes.maxCount) regions that a platform can have, including this one"))
    }
    guard organization.allowedRegions.isEmpty || organization.allowedRegions.contains(region) else {
      return .failure(LeftOut("its region `\(region)` is not one that `\(organization.name)` can use"))
    }
    let keyNames = links.compactMap { keys[$0.reference("key_id") ?? []] }.filter {
      $0.organization == organization.name
    }
    .map(\.name)
    let used = Set(keyNames)
    guard !used.isEmpty else {
      return .failure(LeftOut("no active key was imported: such a relay would be open to everybody"))
    }
    if let other = endpoints["\(region):\(port)"] {
      return .failure(LeftOut("port \(port) of region `\(region)` is taken by `\(other)`"))
    }
    let name = names[organization.name, default: DocumentNames()]
      .name(for: row.text("name"), fallback: DocumentNames.label("relay-\(row.id)") ?? "relay")
    if name != row.text("name") { outcome.notes.append("named `\(name)`") }
    endpoints["\(region):\(port)"] = "\(organization.name)/\(name)"
    regions.insert(region)
    ports.insert(port)
    if organization.allowedRegions.isEmpty { allow(region, in: organization) }
    var spec: JSON.Members = ["region": .string(region), "port": .integer(port)]
    spec["state"] = .string(state(of: row, organization, &outcome).rawValue)
    spec["keys"] = ["names": .array(used.sorted().map { .string($0) })]
    if let image = row.text("image") {
      let tag = row.text("image_tag").map { ":\($0)" } ?? ""
      outcome.notes.append(
        "the image \(ImportedRow.shown(image + tag)) was dropped: it is the old relay, not wpex-relay")
    }
    var annotations: JSON.Members = [:]
    if let description = row.text("description"), !KeyText.mayBeSecret(description) {
      annotations["description"] = .string(String(String.UnicodeScalarView(description.unicodeScalars.prefix(1_000))))
    }
    let document = ImportedDocument(
      .relay, name: name, path: "orgs/\(organization.name)/relays/\(name).yaml", from: row, annotations: annotations,
      spec: .object(spec))
    return .success((document, organization.name, used))
  }

  /// Adds a region to the organization's allowed regions if the console did not restrict them.
  private mutating func allow(_ region: String, in organization: Organization) {
    let path = "orgs/\(organization.name)/organization.yaml"
    guard let position = documents.firstIndex(where: { $0.path == path }),
      case .object(var members) = documents[position].content, case .object(var spec)? = members["spec"]
    else { return }
    let used = spec["allowedRegions"]?.elements ?? []
    guard !used.contains(.string(region)) else { return }
    spec["allowedRegions"] = .array(used + [.string(region)])
    members["spec"] = .object(spec)
    documents[position].content = .object(members)
  }

  private func state(of row: ConsoleRow, _ organization: Organization, _ outcome: inout ImportedRow) -> RelayState {
    guard organization.status == .active else {
      outcome.notes.append("stopped, because `\(organization.name)` is \(organization.status.rawValue)")
      return .stopped
    }
    guard let status = row.text("status")?.lowercased(), status != "running", status != "active" else {
      return .running
    }
    outcome.notes.append("stopped: in the console it is \(ImportedRow.shown(status))")
    return .stopped
  }
}
