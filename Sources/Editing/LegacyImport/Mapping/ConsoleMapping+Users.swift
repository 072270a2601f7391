import ConfigModel
import ConfigSchema
import TextFormats

extension ConsoleMapping {
  /// Converts the users.
  mutating func mapUsers() {
    var names: [String: DocumentNames] = [:]
    if let admin = options.admin {
      let name = names["", default: DocumentNames()].name(for: admin.name, fallback: "admin")
      documents.append(
        ImportedDocument(
          .user, name: name, path: "users/\(name).yaml",
          spec: [
            "displayName": .string(admin.name), "email": .string(admin.email), "status": "active", "roles": ["admin"],
          ]))
    }
    for row in contents.users {
      var outcome = ImportedRow(row, name: row.text("username"))
      switch folder(of: row, &outcome) {
      case .failure(let leftOut): outcome.notes.append(leftOut.reason)
      case .success(let (folder, role)):
        // A global role of a tenant's user must not grant access to all tenants here without an approval.
        let isRaised = role.spec.scope == .global && row.has("tenant_id")
        write(row, role: role, isRaised: isRaised, in: folder, &names[folder, default: DocumentNames()], &outcome)
      }
      rows.append(outcome)
    }
    guard usersWithoutAddress > 0 else { return }
    notes.append(
      "the console has no e-mail address for \(usersWithoutAddress) users: NAME@\(options.mailDomain) is written "
        + "instead; "
        + "--mail-domain names another domain")
  }

  /// Returns a user's folder according to the role: the platform's for administrators and executives, otherwise the
  /// organization's.
  private func folder(
    of row: ConsoleRow, _ outcome: inout ImportedRow
  ) -> Result<(folder: String, role: BuiltInRole), LeftOut> {
    let text = row.text("role") ?? "viewer"
    guard let role = BuiltInRole(rawValue: text.lowercased()) else {
      return .failure(LeftOut("the role \(ImportedRow.shown(text)) is unknown"))
    }
    if row.text("role") == nil { outcome.notes.append("has no role in the console, and became viewer") }
    if role.spec.scope == .global {
      if row.has("tenant_id") {
        outcome.notes.append(
          "\(role.rawValue) is a global role: the tenant was dropped, and an admin has to approve the user first")
      }
      return .success(("", role))
    }
    return organization(of: row).map { ("orgs/\($0.name)/", role) }
  }

  private mutating func write(
    _ row: ConsoleRow, role: BuiltInRole, isRaised: Bool, in folder: String, _ names: inout DocumentNames,
    _ outcome: inout ImportedRow
  ) {
    let login = row.text("username")
    let local = login.map { login in String(login.unicodeScalars.prefix { $0 != "@" }) }
    let name = names.name(for: local, fallback: DocumentNames.label("user-\(row.id)") ?? "user")
    if name != login { outcome.notes.append("named `\(name)`") }
    var status = MemberStatus.pending
    if let text = row.text("status") {
      status = memberStatus(text, &outcome)
    } else {
      outcome.notes.append("has no status in the console, and became pending")
    }
    if isRaised, status == .active { status = .pending }
    var spec: JSON.Members = [
      "displayName": .string(displayName(login, or: name, &outcome)),
      "email": .string(email(of: row, named: name)),
    ]
    let (allowlist, refused) = addresses(row.list("ip_whitelist"))
    if !refused.isEmpty {
      outcome.notes.append("not in the allowlist any more: \(ImportedRow.shown(refused))")
      // An empty list would allow access from anywhere.
      if allowlist.isEmpty, status == .active {
        status = .disabled
        outcome.notes.append("disabled, because no address of the allowlist is valid")
      }
    }
    spec["status"] = .string(status.rawValue)
    spec["roles"] = [.string(role.rawValue)]
    if !allowlist.isEmpty { spec["access"] = ["ipAllowlist": .array(allowlist.map { .string($0) })] }
    let path = "\(folder)users/\(name).yaml"
    outcome.path = path
    documents.append(ImportedDocument(.user, name: name, path: path, from: row, spec: .object(spec)))
  }

  private mutating func email(of row: ConsoleRow, named name: String) -> String {
    for candidate in [row.text("email"), row.text("username")] {
      if let candidate, StringFormat.email.length.contains(candidate.utf8.count),
        StringFormat.email.matches(candidate.utf8)
      {
        return candidate
      }
    }
    usersWithoutAddress += 1
    return "\(name)@\(options.mailDomain)"
  }

  /// Returns the valid addresses without duplicates, and the invalid ones.
  private func addresses(_ texts: [String]) -> (valid: [String], refused: [String]) {
    var valid: [String] = []
    var refused: [String] = []
    for text in texts {
      if IPAddress(text) == nil, IPNetwork(text) == nil {
        refused.append(text)
      } else if !valid.contains(text) {
        valid.append(text)
      }
    }
    return (valid, refused)
  }
}
