package import ConfigCompiler
package import ConfigModel
import TextFormats

/// The properties of an organization to add.
package struct NewOrganization: Sendable {
  /// The name for display.
  package var displayName: String
  /// The initial status.
  package var status = MemberStatus.pending
  /// Regions in which it may have relays.
  package var regions: [String] = []
  /// The slice of ports reserved for it.
  package var portRange: PortRange?
  /// The size of a free slice to reserve if `portRange` is nil; nil for no slice.
  package var portCount: Int?
  /// Limits for its resources.
  package var limits = OrganizationLimits()
  /// People to contact.
  package var contacts: [Contact] = []
  /// Its age identity.
  package var identity: OrganizationIdentity?
  /// Labels of the document.
  package var labels: [(name: String, value: String)] = []

  /// Creates the properties with defaults.
  package init(displayName: String) { self.displayName = displayName }
}

/// The properties of a user to add.
package struct NewUser: Sendable {
  /// The name for display.
  package var displayName: String
  /// The address to contact the user at.
  package var email: String
  /// The initial status.
  package var status = MemberStatus.pending
  /// The roles to grant.
  package var roles: [String]
  /// The user's accounts and keys.
  package var identities = UserIdentities()
  /// Labels of the document.
  package var labels: [(name: String, value: String)] = []
  /// The file to write; the document is appended if the file exists. Nil for a file of its own.
  package var file: String?

  package init(displayName: String, email: String, roles: [String]) {
    self.displayName = displayName
    self.email = email
    self.roles = roles
  }
}

/// Operations on organizations and users.
extension RepositoryEdit {
  /// Adds an organization.
  ///
  /// - Throws: `EditError` if the name is invalid or exists already, or if no free slice of ports is left.
  package static func addOrganization(
    _ name: String, _ organization: NewOrganization, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    try DocumentAddress.check(name)
    guard base.unit(named: name) == nil else {
      throw EditError(.exists, "the organization `\(name)` already exists")
    }
    var spec: JSON.Members = [
      "displayName": .string(organization.displayName), "status": .string(organization.status.rawValue),
    ]
    var limits: JSON.Members = [:]
    if let relays = organization.limits.relays { limits["relays"] = .integer(relays) }
    if let keys = organization.limits.keys { limits["keys"] = .integer(keys) }
    if let users = organization.limits.users { limits["users"] = .integer(users) }
    if let bandwidth = organization.limits.bandwidthMbps { limits["bandwidthMbps"] = .integer(bandwidth) }
    if !limits.isEmpty { spec["limits"] = .object(limits) }
    if !organization.regions.isEmpty { spec["allowedRegions"] = .array(organization.regions.map { .string($0) }) }
    var range = organization.portRange
    if range == nil, let size = organization.portCount {
      range = try FreePorts(base).slice(of: size, in: organization.regions)
    }
    if let range { spec["portRange"] = .string(range.description) }
    if !organization.contacts.isEmpty {
      spec["contacts"] = .array(
        organization.contacts.map { ["name": .string($0.name), "email": .string($0.email)] })
    }
    if let identity = organization.identity { spec["identity"] = Self.json(identity) }
    var edit = RepositoryEdit(base, summary: "Add organization \(name)")
    try edit.add(
      DocumentFile.text(.organization, name: name, labels: organization.labels, spec: spec),
      in: "orgs/\(name)/", at: "orgs/\(name)/organization.yaml", appends: false)
    return edit
  }

  private static func json(_ identity: OrganizationIdentity) -> JSON {
    var members: JSON.Members = ["recipient": .string(identity.recipient)]
    if let sealed = identity.sealedIdentity { members["sealedIdentity"] = .string(sealed) }
    return .object(members)
  }

  /// Sets or replaces an organization's identity.
  ///
  /// - Throws: `EditError` if there is no such organization, or if the file cannot be edited safely.
  package static func setIdentity(
    _ identity: OrganizationIdentity, ofOrganization name: String, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let organization = try base.declaration(ofOrganization: name)
    var edit = RepositoryEdit(base, summary: "Set the identity of organization \(name)")
    let sealed: DocumentChange =
      identity.sealedIdentity.map { .set(["spec", "identity", "sealedIdentity"], .string($0)) }
      ?? .remove(["spec", "identity", "sealedIdentity"])
    try edit.change(
      organization.source, .organization,
      [.set(["spec", "identity", "recipient"], .string(identity.recipient)), sealed])
    if let earlier = organization.spec.identity, earlier.recipient != identity.recipient,
      try base.organization(name).keys.contains(where: { $0.spec.sealedKey != nil })
    {
      edit.notes.append(
        "its keys are sealed for the old identity: seal them again with `wpex key rotate`")
    }
    return edit
  }

  /// Sets an organization's status. Unless it becomes active, its running relays are stopped too.
  ///
  /// - Throws: `EditError` if there is no such organization, or if a file cannot be edited safely.
  package static func setStatus(
    _ status: MemberStatus, ofOrganization name: String, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let organization = try base.declaration(ofOrganization: name)
    var edit = RepositoryEdit(base, summary: "\(status.verb) organization \(name)")
    if organization.spec.status != status {
      try edit.change(organization.source, .organization, [.set(["spec", "status"], .string(status.rawValue))])
    }
    let relays = try base.organization(name).relays
    if status != .active {
      for relay in relays where relay.spec.state == .running {
        try edit.change(relay.source, .relay, [.set(["spec", "state"], .string(RelayState.stopped.rawValue))])
      }
    } else if relays.contains(where: { $0.spec.state == .stopped }) {
      let stopped = relays.filter { $0.spec.state == .stopped }.map { "`\(name)/\($0.name)`" }
      edit.notes.append("these of its relays are stopped: \(stopped.joined(separator: ", "))")
    }
    return edit
  }

  /// Adds a user to an organization or, without one, to the platform.
  ///
  /// - Throws: `EditError` if the user exists already, or if there is no such organization.
  package static func addUser(
    _ address: DocumentAddress, _ user: NewUser, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let users =
      try address.org.map { org throws(EditError) in try base.organization(org).users } ?? base.platform.users
    guard !users.contains(where: { $0.name == address.name }) else {
      throw EditError(.exists, "the user `\(address)` already exists")
    }
    var edit = RepositoryEdit(base, summary: "Add user \(address)")
    let folder = address.org.map { "orgs/\($0)/users" } ?? "users"
    try edit.add(
      DocumentFile.text(user, name: address.name),
      in: folder + "/", at: user.file ?? "\(folder)/\(address.name).yaml", appends: user.file != nil)
    if user.status == .pending { edit.notes.append("pending: `wpex user approve \(address)` makes it active") }
    return edit
  }

  /// Sets a user's status.
  ///
  /// - Throws: `EditError` if there is no such user, or if the file cannot be edited safely.
  package static func setStatus(
    _ status: MemberStatus, ofUser address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let user = try base.user(address)
    var edit = RepositoryEdit(base, summary: "\(status.verb) user \(address)")
    guard user.spec.status != status else { return edit }
    try edit.change(user.source, .user, [.set(["spec", "status"], .string(status.rawValue))])
    return edit
  }

  /// Grants roles to a user.
  ///
  /// - Throws: `EditError` if there is no such user, or if the file cannot be edited safely.
  package static func grant(
    _ roles: [String], to address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let user = try base.user(address)
    var edit = RepositoryEdit(base, summary: "Grant \(roles.joined(separator: ", ")) to user \(address)")
    try edit.change(user.source, .user, [.add(roles.map { .string($0) }, to: ["spec", "roles"])])
    return edit
  }

  /// Revokes roles from a user.
  ///
  /// - Throws: `EditError` if there is no such user, if the user does not have one of the roles, or if the file
  ///   cannot be edited safely.
  package static func revoke(
    _ roles: [String], from address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let user = try base.user(address)
    for role in roles where !user.spec.roles.contains(role) {
      let held = user.spec.roles.map { "`\($0)`" }.joined(separator: ", ")
      throw EditError(.notFound, "`\(address)` has no role `\(role)`; it has \(held.isEmpty ? "none" : held)")
    }
    var edit = RepositoryEdit(base, summary: "Revoke \(roles.joined(separator: ", ")) from user \(address)")
    try edit.change(user.source, .user, [.take(roles.map { .string($0) }, from: ["spec", "roles"])])
    return edit
  }
}

extension DocumentFile {
  /// Returns the document of a new user.
  static func text(_ user: NewUser, name: String) -> [UInt8] {
    var identities: JSON.Members = [:]
    if let account = user.identities.github { identities["github"] = .string(account) }
    if let account = user.identities.gitlab { identities["gitlab"] = .string(account) }
    if !user.identities.email.isEmpty { identities["email"] = .array(user.identities.email.map { .string($0) }) }
    if !user.identities.oidc.isEmpty {
      identities["oidc"] = .array(
        user.identities.oidc.map { ["issuer": .string($0.issuer), "subject": .string($0.subject)] })
    }
    if !user.identities.sshKeys.isEmpty { identities["sshKeys"] = .array(user.identities.sshKeys.map { .string($0) }) }
    var spec: JSON.Members = [
      "displayName": .string(user.displayName), "email": .string(user.email),
      "status": .string(user.status.rawValue), "roles": .array(user.roles.map { .string($0) }),
    ]
    if !identities.isEmpty { spec["identities"] = .object(identities) }
    return text(.user, name: name, labels: user.labels, spec: spec)
  }
}

extension MemberStatus {
  fileprivate var verb: String {
    switch self {
    case .pending: "Suspend"
    case .active: "Approve"
    case .disabled: "Disable"
    }
  }
}
