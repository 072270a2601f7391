import ConfigCompiler
import ConfigModel
import RepositoryEditing
import TextFormats

/// One use of one editing command, and what must come of it.
struct EditCase {
  let name: String
  let edit: (Compilation) throws -> RepositoryEdit
  /// The one change, in the model.
  let intended: (inout JudgedModel) -> Void
  /// The same change as values of documents, from which follows how many lines may differ.
  var touched: [(document: SourceDocument, changes: [DocumentChange])] = []
  /// A document that appears or goes as a whole.
  var isWholeDocument = false
  /// Whether comments on lines that go may go with them.
  var losesLines = false

  static let publicKey = "mKXdomBkOT2zXjylqvu8IlXzmVziojZuorXJQ62gZk0="
  static let digest = GeneratedRepository.digest("b")
  static let moment = Timestamp(unixSeconds: 1_795_000_000)

  /// Every editing command on everything that a repository declares.
  static func all(_ base: Compilation) -> [EditCase] {
    var cases: [EditCase] = []
    for unit in base.units {
      cases += organizations(unit)
      for relay in unit.relays { cases += relays(relay, unit, base) }
      for key in unit.keys { cases += keys(key, unit) }
      for user in unit.users { cases += users(user, unit.name) }
      cases += additions(unit)
    }
    for user in base.platform.users { cases += users(user, nil) }
    return cases
  }

  private static func relays(_ relay: Declared<RelaySpec>, _ unit: OrganizationUnit, _ base: Compilation) -> [EditCase]
  {
    let address = DocumentAddress(org: unit.name, name: relay.name)
    func named(
      _ name: String, _ changes: [DocumentChange], losesLines: Bool = false,
      _ edit: @escaping (Compilation) throws -> RepositoryEdit, _ intended: @escaping (inout RelaySpec) -> Void
    ) -> EditCase {
      EditCase(
        name: "\(name) \(address)", edit: edit,
        intended: { model in
          if var resource = model.relays[address] { intended(&resource.spec); model.relays[address] = resource }
        },
        touched: [(relay.source, changes)], losesLines: losesLines)
    }
    func set(
      _ assignment: String, _ change: DocumentChange, losesLines: Bool = false,
      _ intended: @escaping (inout RelaySpec) -> Void
    ) -> EditCase {
      named(
        "relay set \(assignment)", [change], losesLines: losesLines,
        { try .set([assignment], .relay, address, in: $0) }, intended)
    }
    let names = relay.spec.keys.names
    let repository = relay.spec.image?.repository ?? base.platform.platform?.spec.relay.image.repository ?? ""
    var cases = [RelayState.running, .stopped].map { state in
      named(
        "relay \(state)", relay.spec.state == state ? [] : [.set(["spec", "state"], .string(state.rawValue))],
        { try .setState(state, ofRelay: address, in: $0) }, { $0.state = state })
    }
    cases += [
      named(
        "relay restart", [.set(["spec", "restartedAt"], .string(moment.description))],
        { try .restartRelay(address, now: moment, in: $0) }, { $0.restartedAt = moment }),
      named(
        "relay upgrade",
        [.set(["spec", "image"], ["repository": .string(repository), "tag": "1.5.0", "digest": .string(digest)])],
        { try .upgradeRelay(address, to: NewImage(tag: "1.5.0", digest: digest), in: $0) },
        { $0.image = image(repository, "1.5.0", digest) }),
      named(
        "relay upgrade --digest",
        [.set(["spec", "image"], ["repository": .string(repository), "digest": .string(digest)])],
        losesLines: true, { try .upgradeRelay(address, to: NewImage(digest: digest), in: $0) },
        { $0.image = image(repository, nil, digest) }),
      named(
        "relay upgrade --follow-platform", [.remove(["spec", "image"])], losesLines: true,
        { try .upgradeRelay(address, to: nil, in: $0) }, { $0.image = nil }),
      set("bandwidthMbps=500", .set(["spec", "bandwidthMbps"], 500)) { $0.bandwidthMbps = 500 },
      set("port=30177", .set(["spec", "port"], 30_177)) { $0.port = 30_177 },
      set("deletionProtection=", .remove(["spec", "deletionProtection"]), losesLines: true) {
        $0.deletionProtection = false
      },
      set("keys.names+=key-new", .add(["key-new"], to: ["spec", "keys", "names"])) { $0.keys.names.append("key-new") },
      set("resources.limits.memory=256Mi", .set(["spec", "resources", "limits", "memory"], "256Mi")) {
        $0.resources = $0.resources ?? ResourceRequirements()
        $0.resources?.limits.memory = "256Mi"
      },
      named(
        "relay access allow", [.add([["between": [[:], [:]]]], to: ["spec", "access"])],
        { try .allow(AccessSide("all"), AccessSide("all"), on: address, in: $0) },
        { spec in
          var rule = AccessRule()
          rule.between = [AccessSide(), AccessSide()]
          spec.access = (spec.access ?? []) + [rule]
        }),
      named(
        "relay access close", [.set(["spec", "access"], [])],
        { try .setAccess(open: false, ofRelay: address, in: $0) }, { $0.access = [] }),
      EditCase(
        name: "relay set labels.tier=silver \(address)",
        edit: { try .set(["labels.tier=silver"], .relay, address, in: $0) },
        intended: { $0.relays[address]?.metadata.labels["tier"] = "silver" },
        touched: [(relay.source, [.set(["metadata", "labels", "tier"], "silver")])]),
      EditCase(
        name: "relay delete \(address)", edit: { try .deleteRelay(address, in: $0) },
        intended: { $0.relays[address] = nil }, isWholeDocument: true, losesLines: true),
    ]
    for name in names where names.count > 1 {
      cases.append(
        set("keys.names-=\(name)", .take([.string(name)], from: ["spec", "keys", "names"]), losesLines: true) {
          $0.keys.names.removeAll { $0 == name }
        })
    }
    if names.count > 1, let first = names.first {
      let rest = names.dropFirst() + ["key-new"]
      cases.append(
        set(
          "keys.names=\(rest.joined(separator: ","))",
          .set(["spec", "keys", "names"], .array(rest.map { .string($0) })),
          losesLines: true
        ) { $0.keys.names = $0.keys.names.filter { $0 != first } + ["key-new"] })
    }
    return cases
  }

  private static func image(_ repository: String, _ tag: String?, _ digest: String?) -> Image {
    var image = Image()
    image.repository = repository
    image.tag = tag
    image.digest = digest
    return image
  }

  private static func keys(_ key: Declared<KeySpec>, _ unit: OrganizationUnit) -> [EditCase] {
    let address = DocumentAddress(org: unit.name, name: key.name)
    func named(
      _ name: String, _ changes: [DocumentChange], losesLines: Bool = false,
      _ edit: @escaping (Compilation) throws -> RepositoryEdit, _ intended: @escaping (inout KeySpec) -> Void
    ) -> EditCase {
      EditCase(
        name: "\(name) \(address)", edit: edit,
        intended: { model in
          if var resource = model.keys[address] { intended(&resource.spec); model.keys[address] = resource }
        },
        touched: [(key.source, changes)], losesLines: losesLines)
    }
    let sealed = GeneratedRepository.sealed.replacing("AAAA", with: "BBBB")
    let day = CivilDate("2032-02-29")
    var revoke = named(
      "key revoke", key.spec.status == .revoked ? [] : [.set(["spec", "status"], "revoked")], losesLines: true,
      { try .revokeKey(address, in: $0) }, { $0.status = .revoked })
    let naming = unit.relays.filter {
      $0.spec.keys.names.contains(key.name) && ($0.spec.keys.names.count > 1 || $0.spec.keys.selector != nil)
    }
    for relay in naming {
      revoke.touched.append((relay.source, [.take([.string(key.name)], from: ["spec", "keys", "names"])]))
    }
    let inKey = revoke.intended
    revoke = EditCase(
      name: revoke.name, edit: revoke.edit,
      intended: { model in
        inKey(&model)
        for relay in naming {
          model.relays[DocumentAddress(org: unit.name, name: relay.name)]?.spec.keys.names.removeAll { $0 == key.name }
        }
      }, touched: revoke.touched, losesLines: true)
    return [
      revoke,
      named(
        "key rotate", [.set(["spec", "publicKey"], .string(publicKey)), .remove(["spec", "sealedKey"])],
        losesLines: true,
        { try .replaceKey(address, with: .publicKey(publicKey), expires: day, summary: "Rotate key", in: $0) },
        {
          $0.publicKey = WireGuardPublicKey(publicKey)
          $0.sealedKey = nil
          $0.expires = day
        }
      ).touching(key.source, .set(["spec", "expires"], "2032-02-29")),
      named(
        "key seal", [.set(["spec", "sealedKey"], .string(sealed)), .remove(["spec", "publicKey"])], losesLines: true,
        { try .replaceKey(address, with: .sealed(sealed), summary: "Seal key", in: $0) },
        {
          $0.publicKey = nil
          $0.sealedKey = sealed
        }),
      named(
        "key set expires=", [.remove(["spec", "expires"])], losesLines: true,
        { try .set(["expires="], .key, address, in: $0) }, { $0.expires = nil }),
      named(
        "key set site.location", [.set(["spec", "site", "location"], "Aosta, IT: north")],
        { try .set(["site.location=Aosta, IT: north"], .key, address, in: $0) },
        {
          $0.site = $0.site ?? Site()
          $0.site?.location = "Aosta, IT: north"
        }),
      named(
        "key set alias", [.set(["spec", "alias"], "it's #1")],
        { try .set(["alias=it's #1"], .key, address, in: $0) }, { $0.alias = "it's #1" }),
    ]
  }

  private func touching(_ document: SourceDocument, _ change: DocumentChange) -> EditCase {
    var copy = self
    copy.touched.append((document, [change]))
    return copy
  }

  private static func users(_ user: Declared<UserSpec>, _ org: String?) -> [EditCase] {
    let address = DocumentAddress(org: org, name: user.name)
    func named(
      _ name: String, _ changes: [DocumentChange], losesLines: Bool = false,
      _ edit: @escaping (Compilation) throws -> RepositoryEdit, _ intended: @escaping (inout UserSpec) -> Void
    ) -> EditCase {
      EditCase(
        name: "\(name) \(address)", edit: edit,
        intended: { model in
          if var resource = model.users[address] { intended(&resource.spec); model.users[address] = resource }
        },
        touched: [(user.source, changes)], losesLines: losesLines)
    }
    var cases = [MemberStatus.active, .disabled].map { status in
      named(
        "user \(status)", user.spec.status == status ? [] : [.set(["spec", "status"], .string(status.rawValue))],
        { try .setStatus(status, ofUser: address, in: $0) }, { $0.status = status })
    }
    cases += [
      named(
        "user grant", [.add(["noc"], to: ["spec", "roles"])], { try .grant(["noc"], to: address, in: $0) },
        { if !$0.roles.contains("noc") { $0.roles.append("noc") } }),
      named(
        "user set access.ipAllowlist+=",
        [.add(["198.51.100.0/24", "2001:db8::/32"], to: ["spec", "access", "ipAllowlist"])],
        { try .set(["access.ipAllowlist+=198.51.100.0/24,2001:db8::/32"], .user, address, in: $0) },
        { $0.access.ipAllowlist += ["198.51.100.0/24", "2001:db8::/32"] }),
      named(
        "user set identities.github=", [.set(["spec", "identities", "github"], "new-account")],
        { try .set(["identities.github=new-account"], .user, address, in: $0) },
        { $0.identities.github = "new-account" }),
    ]
    for role in user.spec.roles {
      cases.append(
        named(
          "user revoke \(role)", [.take([.string(role)], from: ["spec", "roles"])], losesLines: true,
          { try .revoke([role], from: address, in: $0) }, { $0.roles.removeAll { $0 == role } }))
    }
    return cases
  }

  private static func organizations(_ unit: OrganizationUnit) -> [EditCase] {
    guard let organization = unit.organization else { return [] }
    let name = unit.name
    func named(
      _ what: String, _ changes: [DocumentChange], losesLines: Bool = false,
      _ edit: @escaping (Compilation) throws -> RepositoryEdit, _ intended: @escaping (inout OrganizationSpec) -> Void
    ) -> EditCase {
      EditCase(
        name: "\(what) \(name)", edit: edit,
        intended: { model in
          if var resource = model.organizations[name] { intended(&resource.spec); model.organizations[name] = resource }
        }, touched: [(organization.source, changes)], losesLines: losesLines)
    }
    func set(
      _ assignment: String, _ change: DocumentChange, losesLines: Bool = false,
      _ intended: @escaping (inout OrganizationSpec) -> Void
    ) -> EditCase {
      named(
        "org set \(assignment)", [change], losesLines: losesLines,
        { try .set([assignment], .organization, DocumentAddress(name), in: $0) }, intended)
    }
    let running = unit.relays.filter { $0.spec.state == .running }
    var disable = EditCase(
      name: "org disable \(name)", edit: { try .setStatus(.disabled, ofOrganization: name, in: $0) },
      intended: { model in
        model.organizations[name]?.spec.status = .disabled
        for relay in running { model.relays[DocumentAddress(org: name, name: relay.name)]?.spec.state = .stopped }
      })
    disable.touched = running.map { ($0.source, [.set(["spec", "state"], "stopped")]) }
    if organization.spec.status != .disabled {
      disable.touched.append((organization.source, [.set(["spec", "status"], "disabled")]))
    }
    return [
      named(
        "org approve", organization.spec.status == .active ? [] : [.set(["spec", "status"], "active")],
        { try .setStatus(.active, ofOrganization: name, in: $0) }, { $0.status = .active }),
      disable,
      set("limits.relays=12", .set(["spec", "limits", "relays"], 12)) { $0.limits.relays = 12 },
      set("limits.bandwidthMbps=2001", .set(["spec", "limits", "bandwidthMbps"], 2_001)) {
        $0.limits.bandwidthMbps = 2_001
      },
      set("slaTarget=99.95", .set(["spec", "slaTarget"], .number(99.95))) { $0.slaTarget = 99.95 },
      set("allowedRegions+=eu-west", .add(["eu-west"], to: ["spec", "allowedRegions"])) {
        $0.allowedRegions.append("eu-west")
      },
      set("portRange=30200-30210", .set(["spec", "portRange"], "30200-30210")) {
        $0.portRange = PortRange("30200-30210")
      },
      set("limits=", .remove(["spec", "limits"]), losesLines: true) { $0.limits = OrganizationLimits() },
    ]
  }

  /// New documents, in files of their own and at the end of files that are there.
  private static func additions(_ unit: OrganizationUnit) -> [EditCase] {
    let address = DocumentAddress(org: unit.name, name: "something-new")
    var cases: [EditCase] = []
    for file in [nil, unit.keys.last?.source.path] {
      var key = NewKey(.publicKey(publicKey))
      key.alias = "New: #1"
      key.labels = [("tier", "gold")]
      key.site.region = "eu"
      key.site.subnet = "10.20.0.0/16"
      key.site.overlap = .intended
      key.file = file
      var spec = KeySpec()
      spec.publicKey = WireGuardPublicKey(publicKey)
      spec.alias = "New: #1"
      spec.site = Site()
      spec.site?.region = "eu"
      spec.site?.subnet = "10.20.0.0/16"
      spec.site?.overlap = .intended
      cases.append(
        EditCase(
          name: "key add \(address) \(file ?? "")", edit: { try .addKey(address, key, in: $0) },
          intended: { $0.keys[address] = Resource(metadata: metadata("something-new", ["tier": "gold"]), spec: spec) },
          isWholeDocument: true))
    }
    for file in [nil, unit.relays.last?.source.path] {
      var relay = NewRelay(regions: ["eu"])
      relay.port = 30_150
      relay.keys = ["key-0"]
      relay.selector = [("tier", "gold")]
      relay.state = .stopped
      relay.file = file
      var spec = RelaySpec()
      spec.regions = ["eu"]
      spec.port = 30_150
      spec.keys.names = ["key-0"]
      spec.keys.selector = KeySelector()
      spec.keys.selector?.matchLabels = ["tier": "gold"]
      spec.state = .stopped
      cases.append(
        EditCase(
          name: "relay create \(address) \(file ?? "")", edit: { try .createRelay(address, relay, in: $0) },
          intended: { $0.relays[address] = Resource(metadata: metadata("something-new", [:]), spec: spec) },
          isWholeDocument: true))
    }
    for file in [nil, unit.users.last?.source.path] {
      var user = NewUser(displayName: "Ada O'Neill, PhD", email: "ada@org.example", roles: ["viewer"])
      user.identities.github = "ada"
      user.file = file
      var spec = UserSpec()
      spec.displayName = user.displayName
      spec.email = user.email
      spec.roles = user.roles
      spec.identities = user.identities
      cases.append(
        EditCase(
          name: "user add \(address) \(file ?? "")", edit: { try .addUser(address, user, in: $0) },
          intended: { $0.users[address] = Resource(metadata: metadata("something-new", [:]), spec: spec) },
          isWholeDocument: true))
    }
    return cases
  }

  private static func metadata(_ name: String, _ labels: [String: String]) -> Metadata {
    var metadata = Metadata()
    metadata.name = name
    metadata.labels = labels
    return metadata
  }
}
