import ConfigModel
import KeyBundles
import TextFormats

extension ConsoleMapping {
  /// Converts the tenants into organizations, each with a new identity.
  mutating func mapTenants() throws(KeyBundleError) {
    var names = DocumentNames()
    for row in contents.tenants {
      var outcome = ImportedRow(row, name: row.text("name") ?? row.text("slug"))
      guard let id = row.reference("id"), organizations[id] == nil else {
        outcome.notes.append("another tenant has this id, or it has none")
        rows.append(outcome)
        continue
      }
      let wanted = row.text("slug") ?? row.text("name")
      let name = names.name(for: wanted, fallback: DocumentNames.label("tenant-\(row.id)") ?? "tenant")
      if name != wanted { outcome.notes.append("named `\(name)`") }
      var status = tenantStatus(row, &outcome)
      var allowed: [String] = []
      for text in row.list("allowed_regions") {
        guard let label = region(text) else {
          outcome.notes.append(
            "the allowed region \(ImportedRow.shown(text)) is not a name, or exceeds the maximum, and was dropped")
          continue
        }
        if label != text { outcome.notes.append("the region \(ImportedRow.shown(text)) is named `\(label)`") }
        if !allowed.contains(label) { allowed.append(label) }
      }
      // An empty list would allow every region.
      if allowed.isEmpty, !row.list("allowed_regions").isEmpty, status == .active {
        status = .disabled
        outcome.notes.append("disabled, because none of its allowed regions can be read")
      }
      let identity = try options.makeIdentity()
      organizations[id] = Organization(
        name: name, status: status, allowedRegions: allowed, recipient: identity.recipient)
      var spec: JSON.Members = [
        "displayName": .string(displayName(row.text("name") ?? row.text("slug"), or: name, &outcome)),
        "status": .string(status.rawValue),
      ]
      addLimits(of: row, to: &spec, &outcome)
      if !allowed.isEmpty { spec["allowedRegions"] = .array(allowed.map { .string($0) }) }
      spec["identity"] = try sealed(identity, for: name)
      outcome.path = "orgs/\(name)/organization.yaml"
      documents.append(
        ImportedDocument(
          .organization, name: name, path: "orgs/\(name)/organization.yaml", from: row, spec: .object(spec)))
      rows.append(outcome)
    }
    try addOrganization(named: &names)
  }

  /// Adds the organization for rows without a tenant if the options name one.
  private mutating func addOrganization(named names: inout DocumentNames) throws(KeyBundleError) {
    guard let wanted = options.organization else { return }
    if let known = organizations.first(where: { $0.value.name == wanted }) {
      organizations[nil] = known.value
      return
    }
    let name = names.name(for: wanted, fallback: "unassigned")
    let identity = try options.makeIdentity()
    organizations[nil] = Organization(name: name, status: .active, allowedRegions: [], recipient: identity.recipient)
    let spec: JSON = ["displayName": .string(wanted), "status": "active", "identity": try sealed(identity, for: name)]
    documents.append(ImportedDocument(.organization, name: name, path: "orgs/\(name)/organization.yaml", spec: spec))
  }

  /// Returns a new identity, whose secret half is sealed to the daemon.
  private func sealed(_ identity: AgeIdentity, for name: String) throws(KeyBundleError) -> JSON {
    let binding = SealedBinding.identity(ofOrganization: name)
    return [
      "recipient": .string(identity.recipient.text),
      "sealedIdentity": .string(try SealedValue.seal(identity.text, for: binding, to: [options.recipient])),
    ]
  }

  private func tenantStatus(_ row: ConsoleRow, _ outcome: inout ImportedRow) -> MemberStatus {
    let status = memberStatus(row.text("status") ?? "active", &outcome)
    guard row.bool("is_active") == false, status == .active else { return status }
    outcome.notes.append("disabled, because it is not active in the console")
    return .disabled
  }

  /// Returns the status for a text from the console. An unknown one becomes pending, which grants no rights.
  func memberStatus(_ text: String, _ outcome: inout ImportedRow) -> MemberStatus {
    if let status = MemberStatus(rawValue: text.lowercased()) { return status }
    outcome.notes.append("the status \(ImportedRow.shown(text)) is unknown, and became pending")
    return .pending
  }

  private func addLimits(of row: ConsoleRow, to spec: inout JSON.Members, _ outcome: inout ImportedRow) {
    if let bandwidth = row.integer("max_bandwidth_mbps") {
      if (1...1_000_000).contains(bandwidth) {
        spec["limits"] = ["bandwidthMbps": .integer(bandwidth)]
      } else {
        outcome.notes.append("the bandwidth limit \(bandwidth) is outside 1 to 1000000 Mbit/s, and was dropped")
      }
    }
    if let target = row.number("sla_target") {
      if (0...100).contains(target) {
        spec["slaTarget"] = target == target.rounded() ? .integer(Int(target)) : .number(target)
      } else {
        outcome.notes.append("the SLA target \(target) is not a percentage, and was dropped")
      }
    }
    let preferred = row.list("preferred_relay_ids")
    if !preferred.isEmpty {
      let shown = ImportedRow.shown(preferred)
      outcome.notes.append(
        "preferred relays (servers \(shown)) were dropped: in wpex, a relay's keys decide who can use it")
    }
  }

  /// Returns a display name, truncated to the limit of 200 characters.
  func displayName(_ text: String?, or name: String, _ outcome: inout ImportedRow) -> String {
    guard let text, !KeyText.mayBeSecret(text) else { return name }
    guard text.unicodeScalars.count > 200 else { return text }
    outcome.notes.append("its name was cut after 200 characters")
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(200)))
  }
}
