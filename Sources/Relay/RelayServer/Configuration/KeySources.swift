import KeyBundles
import RelayCore
import RelayWire

/// Sources of the active keys: the command line, the configuration, and encrypted bundles.
struct KeySources: Sendable {
  /// Group of keys that name none.
  static let commandLineGroup = "default"

  /// Keys from `--allow`, in base64.
  let allow: [String]
  /// Paths of the bundles.
  let bundles: [String]
  /// Path of the age identity that decrypts the bundles.
  let identity: String?

  /// Files whose change can change the keys.
  var files: [String] { bundles + (identity.map { [$0] } ?? []) }

  /// Returns whether an empty set of keys is intended: a list exists and is empty. Without any list, a mistake is more
  /// likely.
  func sayNobody(_ configuration: RelayConfiguration) -> Bool { configuration.listsKeys || !bundles.isEmpty }

  /// Reads all keys.
  ///
  /// - Parameters:
  ///   - configured: Keys from the configuration file.
  ///   - declaration: Declaration that the bundles come with; nil if there is none.
  ///   - read: Returns the content of a bundle.
  /// - Returns: Every key once. A key that appears several times belongs to its first source: command line,
  ///   configuration, then bundles in order.
  /// - Throws: `RelayServerError` that names the key or bundle that cannot be read. A partially read set is never used.
  func load(
    configured: [AllowedKey], declaration: RelayDeclaration? = nil,
    _ read: (String) throws(RelayServerError) -> [UInt8] = Files.read
  ) throws(RelayServerError) -> KeySet {
    var access: [String: AccessMatrix] = [:]
    var keys: [AllowedKey] = []
    var seen: Set<[UInt8]> = []
    func add(_ key: AllowedKey) {
      if seen.insert(key.publicKey).inserted { keys.append(key) }
    }
    for text in allow { add(try commandLineKey(text)) }
    configured.forEach(add)
    guard !bundles.isEmpty else { return KeySet(keys: keys) }
    guard let identity else { throw RelayServerError(.invalid, "--bundle needs --identity, the file that opens it") }
    do {
      let identities = try AgeIdentity.parseFile(try Files.read(identity))
      for path in bundles {
        do {
          let bundle = try KeyBundle(decrypting: try read(path), with: identities)
          if let declaration, (bundle.org, bundle.relay) != (declaration.org, declaration.relay) {
            throw KeyBundleError(.invalidContent, "the bundle is for another relay than its declaration")
          }
          if let rules = bundle.access { access[bundle.org] = try matrix(rules, isFirst: access[bundle.org] == nil) }
          for key in bundle.keys { add(try allowed(key, of: bundle, identities)) }
        } catch let error as KeyBundleError {
          throw RelayServerError(.invalid, "\(path): \(error.reason)")
        }
      }
    } catch let error as RelayServerError {
      throw error
    } catch let error as KeyBundleError {
      throw RelayServerError(.invalid, "\(identity): \(error.reason)")
    } catch {
      throw RelayServerError(.invalid, "\(identity) cannot be used")
    }
    return KeySet(keys: keys, access: access)
  }

  private func matrix(_ access: KeyBundle.Access, isFirst: Bool) throws(KeyBundleError) -> AccessMatrix {
    // Classes of two bundles have nothing to do with each other.
    guard isFirst else {
      throw KeyBundleError(.invalidContent, "two bundles of one organization have access rules; give the relay one")
    }
    guard let matrix = AccessMatrix(rules: access.rules, rows: access.classes) else {
      throw KeyBundleError(.invalidContent, "the access rules of the bundle are malformed; render it again")
    }
    return matrix
  }

  private func commandLineKey(_ text: String) throws(RelayServerError) -> AllowedKey {
    guard let key = try? WireGuardKey(text), let fingerprint = try? KeyFingerprint(of: key).text else {
      throw RelayServerError(
        .invalid, "--allow needs a WireGuard public key: 44 characters of base64, as `wg pubkey` prints it")
    }
    return AllowedKey(
      name: String(fingerprint.dropFirst(7).prefix(8)), fingerprint: fingerprint, publicKey: key.bytes,
      group: Self.commandLineGroup)
  }

  private func allowed(
    _ key: KeyBundle.Key, of bundle: KeyBundle, _ identities: [AgeIdentity]
  ) throws(KeyBundleError) -> AllowedKey {
    let publicKey: WireGuardKey
    switch key.material {
    case .publicKey(let plain): publicKey = plain
    case .sealed(let armored):
      let binding = SealedBinding(org: bundle.org, kind: "Key", name: key.name, field: "spec.sealedKey")
      do {
        publicKey = try WireGuardKey(try SealedValue.open(armored, with: identities, expecting: binding))
      } catch {
        throw KeyBundleError(error.code, "key \(key.name): \(error.reason)")
      }
    }
    return AllowedKey(
      name: key.name, alias: key.alias, fingerprint: key.fingerprint.text, publicKey: publicKey.bytes,
      group: bundle.org, accessClass: key.accessClass)
  }
}
