package import ConfigCompiler
import FoundationEssentials
package import KeyBundles
import KubernetesModel
package import RelayWire
package import TextFormats

/// The declaration that a target writes beside a relay's files.
extension RelayDeclaration {
  /// Names of the files that the daemon declares.
  package static let declaredFiles = ["bundle.age", RelayToken.file]

  /// Declares a relay's files.
  ///
  /// The serial stays while the files are the same. Otherwise it is the time, or one more than the last serial if the clock
  /// was set back.
  ///
  /// - Parameters:
  ///   - contents: files by name, of which `declaredFiles` are declared.
  ///   - last: the declaration that was written last; nil if there is none.
  ///   - floor: a serial that relays may have seen and that this one must exceed.
  ///   - signer: the key that signs the declaration; nil if it needs no signature. One that is there stays.
  ///   - now: milliseconds since 1970.
  /// - Throws: `cryptography`.
  package init(
    of contents: [String: [UInt8]], org: String, relay: String, after last: RelayDeclaration?, above floor: Int = 0,
    signer: DeclarationSigner?, now: Int64
  ) throws(KeyBundleError) {
    let declared = contents.filter { Self.declaredFiles.contains($0.key) }
    if let last, last.org == org, last.relay == relay, last.serial > floor {
      let same = try RelayDeclaration(org: org, relay: relay, serial: last.serial, contents: declared)
      if same.digest == last.digest {
        self = last
        try sign(with: signer)
        return
      }
    }
    let earlier = max(last?.serial ?? 0, floor)
    self = try RelayDeclaration(
      org: org, relay: relay, serial: max(earlier == .max ? .max : earlier + 1, Int(now), 1), contents: declared)
    try sign(with: signer)
  }

  private mutating func sign(with signer: DeclarationSigner?) throws(KeyBundleError) {
    if let signer { signature = try signer.key.signature(of: signedBytes) }
  }

  /// Whether a key signed the declaration that relays accept; true if they need no signature.
  package func isAccepted(by signer: DeclarationSigner?) -> Bool {
    signer.map { isSigned(byOneOf: $0.verifiers) } ?? true
  }

  /// Returns the declaration in a Secret manifest, whose data is in base64; nil if it has none.
  package static func declaration(inSecret secret: JSON) -> RelayDeclaration? {
    contents(ofSecret: secret)[file].flatMap { try? RelayDeclaration(parsing: $0) }
  }

  /// Returns a Secret manifest's data by name.
  package static func contents(ofSecret secret: JSON) -> [String: [UInt8]] {
    guard case .object(let data)? = secret["data"] else { return [:] }
    var contents: [String: [UInt8]] = [:]
    for (name, value) in data.pairs {
      contents[name] = value.text.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }
    return contents
  }

  /// Returns a Secret manifest with the declaration added.
  package func added(toSecret secret: JSON) -> JSON {
    guard case .object(var members) = secret, case .object(var data)? = members["data"] else { return secret }
    data[Self.file] = .string(Data(bytes).base64EncodedString())
    members["data"] = .object(data)
    return .object(members)
  }
}

extension RenderedObject {
  /// Returns the object for those who apply manifests by other means: the signed declaration of a relay's files is added to its
  /// Secret. Such files have no token, so this is not the declaration that a daemon would add.
  ///
  /// - Parameter serial: at least 1.
  /// - Throws: `cryptography`.
  package func declared(serial: Int) throws(KeyBundleError) -> JSON {
    guard let signer, let relay = origin.relay else { return manifest.body }
    let contents = RelayDeclaration.contents(ofSecret: manifest.body)
    let declaration = try RelayDeclaration(
      of: contents, org: origin.org, relay: relay, after: nil, signer: signer, now: Int64(serial))
    return declaration.added(toSecret: manifest.body)
  }
}
