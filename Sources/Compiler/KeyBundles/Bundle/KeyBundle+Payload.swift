import TextFormats

extension KeyBundle {
  /// Plaintext of the bundle: canonical JSON.
  package var payload: [UInt8] {
    let keys = keys.map { key in
      var members: JSON.Members = [
        "name": .string(key.name), "fingerprint": .string(key.fingerprint.text),
      ]
      members["alias"] = key.alias.map { .string($0) }
      members["class"] = key.accessClass.map { .integer($0) }
      switch key.material {
      case .publicKey(let publicKey): members["publicKey"] = .string(publicKey.text)
      case .sealed(let armored): members["sealed"] = .string(armored)
      }
      return JSON.object(members)
    }
    var payload: JSON.Members = [
      "version": .integer(access == nil ? Self.version : Self.versionWithAccess), "org": .string(org),
      "relay": .string(relay), "keys": .array(keys),
    ]
    payload["access"] = access?.json
    return JSON.object(payload).canonicalBytes
  }

  /// Parses a plaintext.
  ///
  /// - Throws: `invalidContent` if it is not exactly what `payload` returns: another version, an additional member, or
  ///   a fingerprint that does not match its key.
  package init(payload bytes: [UInt8]) throws(KeyBundleError) {
    guard let json = try? JSON(parsing: bytes), let version = json["version"]?.int else {
      throw KeyBundleError(.invalidContent, "the decrypted content is not a key bundle")
    }
    guard (Self.version...Self.versionWithAccess).contains(version) else {
      throw KeyBundleError(
        .invalidContent,
        "the key bundle has version \(version) and this program reads versions \(Self.version) and "
          + "\(Self.versionWithAccess); update the older one")
    }
    guard let org = json["org"]?.text, let relay = json["relay"]?.text, let elements = json["keys"]?.elements else {
      throw KeyBundleError(.invalidContent, "the key bundle lacks its org, its relay or its keys")
    }
    var keys: [Key] = []
    for (index, element) in elements.enumerated() {
      guard let key = try Key(element) else {
        throw KeyBundleError(.invalidContent, "key \(index + 1) of the key bundle is malformed; render it again")
      }
      keys.append(key)
    }
    let access = try json["access"].map { (json) throws(KeyBundleError) in try Access(json) }
    try self.init(org: org, relay: relay, keys: keys, access: access)
    guard payload == bytes else {
      throw KeyBundleError(
        .invalidContent,
        "the key bundle is not in canonical form or one of its fingerprints is wrong; render it again")
    }
  }
}

extension KeyBundle.Access {
  /// Largest number of rules.
  private static let maxRules = 100_000

  /// The rules as JSON.
  fileprivate var json: JSON {
    let rows = classes.map { JSON.string(String(decoding: Base64.encode($0, padded: false), as: UTF8.self)) }
    return ["rules": .integer(rules), "classes": .array(rows)]
  }

  /// Parses the rules.
  ///
  /// - Throws: `invalidContent`.
  fileprivate init(_ json: JSON) throws(KeyBundleError) {
    let malformed = KeyBundleError(.invalidContent, "the access rules of the bundle are malformed; render it again")
    guard let rules = json["rules"]?.int, (0...Self.maxRules).contains(rules),
      let elements = json["classes"]?.elements
    else { throw malformed }
    var classes: [[UInt8]] = []
    for element in elements {
      guard let row = element.text.flatMap({ Base64.decode($0.utf8, padded: false) }), row.count == (rules + 3) / 4
      else { throw malformed }
      classes.append(row)
    }
    self.init(rules: rules, classes: classes)
  }
}

extension KeyBundle.Key {
  /// Parses an element of `keys`; nil if it is not a key of a bundle.
  fileprivate init?(_ json: JSON) throws(KeyBundleError) {
    guard let name = json["name"]?.text else { return nil }
    let accessClass = json["class"]?.int
    switch (json["publicKey"]?.text, json["sealed"]?.text) {
    case (let text?, nil):
      guard let key = try? WireGuardKey(text) else { return nil }
      try self.init(name: name, alias: json["alias"]?.text, accessClass: accessClass, .publicKey(key))
    case (nil, let armored?):
      try self.init(name: name, alias: json["alias"]?.text, accessClass: accessClass, .sealed(armored))
    default: return nil
    }
  }
}
