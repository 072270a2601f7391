import ConfigCompiler
import ConfigModel
import KeyBundles
import TextFormats

extension ConsoleMapping {
  /// Converts the keys. Rows of one organization with the same public key become one key.
  mutating func mapKeys() throws(KeyBundleError) {
    var names: [String: DocumentNames] = [:]
    var owners: [WireGuardPublicKey: Key] = [:]
    for (row, stored) in contents.accessKeys {
      let alias = row.text("alias")
      var outcome = ImportedRow(row, name: alias)
      defer { rows.append(outcome) }
      let organization: Organization
      switch self.organization(of: row) {
      case .failure(let leftOut):
        outcome.notes.append(leftOut.reason)
        continue
      case .success(let found): organization = found
      }
      let publicKey: WireGuardPublicKey
      switch Self.read(stored) {
      case .none(let reason):
        outcome.notes.append("its key \(reason)")
        continue
      case .derived(let key):
        publicKey = key
        outcome.notes.append(
          "it contained a private key: its public half was written; generate a new key pair for the peer, because the "
            + "import has read the old one"
        )
      case .publicKey(let key): publicKey = key
      }
      if let owner = owners[publicKey] {
        guard owner.organization == organization.name else {
          outcome.notes.append(
            "another organization has the same public key: a key identifies one peer of one organization")
          continue
        }
        // It is the same peer, so relays that admit it refer to the existing document.
        if let id = row.reference("id") { keys[id] = owner }
        outcome.path = documents[owner.position].path
        outcome.notes.append("has the same public key as `\(owner.name)`, and was merged with it")
        continue
      }
      let name = names[organization.name, default: DocumentNames()]
        .name(for: alias, fallback: DocumentNames.label("key-\(row.id)") ?? "key")
      if name != alias { outcome.notes.append("named `\(name)`") }
      var spec: JSON.Members = [:]
      if options.sealsKeys {
        let binding = SealedBinding(org: organization.name, kind: "Key", name: name, field: "spec.sealedKey")
        let text = try WireGuardKey(bytes: publicKey.bytes).text
        spec["sealedKey"] = .string(try SealedValue.seal(text, for: binding, to: [organization.recipient]))
      } else {
        spec["publicKey"] = .string(try WireGuardKey(bytes: publicKey.bytes).text)
      }
      if let alias, alias != name, !KeyText.mayBeSecret(alias) {
        spec["alias"] = .string(displayName(alias, or: name, &outcome))
      }
      spec["status"] = "active"
      if let site = site(of: row, &outcome) { spec["site"] = site }
      let path = "orgs/\(organization.name)/keys/\(name).yaml"
      outcome.path = path
      let key = Key(organization: organization.name, name: name, publicKey: publicKey, position: documents.count)
      owners[publicKey] = key
      // A second row with the same id must not replace the first.
      if let id = row.reference("id"), keys[id] == nil { keys[id] = key }
      documents.append(ImportedDocument(.key, name: name, path: path, from: row, spec: .object(spec)))
    }
  }

  private static func read(_ stored: ConsoleContents.StoredKey) -> KeyText.Reading {
    switch stored {
    case .text(let text): KeyText.read(text)
    case .unreadable(let reason): .none(reason)
    }
  }

  /// Returns the valid parts of a site: region, subnet and address.
  private mutating func site(of row: ConsoleRow, _ outcome: inout ImportedRow) -> JSON? {
    var site: JSON.Members = [:]
    if let text = row.text("region"), let label = region(text) { site["region"] = .string(label) }
    if let subnet = row.text("subnet") {
      if IPNetwork(subnet) != nil {
        site["subnet"] = .string(subnet)
      } else {
        outcome.notes.append(
          "the subnet \(ImportedRow.shown(subnet)) is not a network (bits beyond its prefix count), and was dropped")
      }
    }
    if let address = row.text("public_ip") {
      if IPAddress(address) != nil {
        site["publicIP"] = .string(address)
      } else {
        outcome.notes.append("the address \(ImportedRow.shown(address)) is not an address, and was dropped")
      }
    }
    return site.isEmpty ? nil : .object(site)
  }

  /// Marks networks that overlap those of other keys of the organization: the console allowed them, and the relays are to
  /// go on.
  mutating func mapOverlaps() {
    var networks: [String: [(position: Int, network: IPNetwork)]] = [:]
    for (position, document) in documents.enumerated() {
      guard document.path.contains("/keys/"), case .object(let members) = document.content,
        let network = members["spec"]?["site"]?["subnet"]?.text.flatMap({ IPNetwork($0) }),
        let org = RepositoryTree.organization(of: document.path)
      else { continue }
      networks[org, default: []].append((position, network))
    }
    for org in networks.keys.sorted() {
      let own = networks[org] ?? []
      let pairs = IPNetwork.overlaps(among: own.map(\.network))
      guard !pairs.isEmpty else { continue }
      for pair in pairs { markOverlap(at: own[pair.inner].position) }
      notes.append(
        "\(pairs.count) of the networks behind keys of `\(org)` overlap others: they have `overlap: intended`, so that "
          + "their relays go on; correct those that are mistakes")
    }
  }

  private mutating func markOverlap(at position: Int) {
    guard case .object(var members) = documents[position].content, case .object(var spec)? = members["spec"],
      case .object(var site)? = spec["site"]
    else { return }
    site["overlap"] = .string(SubnetOverlap.intended.rawValue)
    spec["site"] = .object(site)
    members["spec"] = .object(spec)
    documents[position].content = .object(members)
  }

  /// Adds each row of `sites` to the key of the same name in its organization.
  mutating func mapSites() {
    for row in contents.sites {
      var outcome = ImportedRow(row, name: row.text("name"))
      defer { rows.append(outcome) }
      guard case .success(let organization) = organization(of: row) else {
        outcome.notes.append("its tenant does not exist")
        continue
      }
      let wanted = row.text("name").flatMap(DocumentNames.label)
      let path = wanted.map { "orgs/\(organization.name)/keys/\($0).yaml" }
      guard let path, let position = documents.firstIndex(where: { $0.path == path }) else {
        outcome.notes.append("no key of `\(organization.name)` has that name, and a site is part of a key")
        continue
      }
      guard case .object(var members) = documents[position].content, case .object(var spec)? = members["spec"],
        spec["site"] == nil
      else {
        outcome.notes.append("the key of that name has a site already")
        continue
      }
      guard let site = site(of: row, &outcome) else {
        outcome.notes.append("none of its characters is allowed in a key")
        continue
      }
      outcome.path = path
      spec["site"] = site
      members["spec"] = .object(spec)
      documents[position].content = .object(members)
    }
  }
}
