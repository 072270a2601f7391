import TextFormats

extension KeyBundle {
  /// Plaintext of the bundle: canonical JSON.
  package var payload: [UInt8] {
    let keys = keys.map { key in
      var members: JSON.Members = [
        "name": .string(key.name), "fingerprint": .string(key.fingerprint.text),
      ]
      members["alias"] = key.alias.map { .string($0) }
      switch key.material {
      case .publicKey(let publicKey): members["publicKey"] = .string(publicKey.text)
      case .sealed(let armored): members["sealed"] = .string(armored)
      }
      return JSON.object(members)
    }
    let payload: JSON = [
      "version": .integer(Self.version), "org": .string(org), "relay": .string(relay), "keys": .array(keys),
    ]
    return payload.canonicalBytes
  }

  /// Parses a plaintext.
  ///
  /// - Throws: `invalidContent` if it is not exactly what `payload` returns: another version, an additional member, or
  ///   a fingerprint that does not match its key.
  package init(payload bytes: [UInt8]) throws(KeyBundleError) {
    guard let json = try? JSON(parsing: bytes), let version = json["version"]?.int else {
      throw KeyBundleError(.invalidContent, "the decrypted content is not a key bundle")
    }
    guard version == Self.version else {
      throw KeyBundleError(
        .invalidContent,
        "the key bundle has version \(version) and this program reads version \(Self.version); update the older one")
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
    try self.init(org: org, relay: relay, keys: keys)
    guard payload == bytes else {
      throw KeyBundleError(
        .invalidContent,
        "the key bundle is not in canonical form or one of its fingerprints is wrong; render it again")
    }
  }
}

extension KeyBundle.Key {
  /// Parses an element of `keys`; nil if it is not a key of a bundle.
  fileprivate init?(_ json: JSON) throws(KeyBundleError) {
    guard let name = json["name"]?.text else { return nil }
    switch (json["publicKey"]?.text, json["sealed"]?.text) {
    case (let text?, nil):
      guard let key = try? WireGuardKey(text) else { return nil }
      try self.init(name: name, alias: json["alias"]?.text, .publicKey(key))
    case (nil, let armored?): try self.init(name: name, alias: json["alias"]?.text, .sealed(armored))
    default: return nil
    }
  }
}
