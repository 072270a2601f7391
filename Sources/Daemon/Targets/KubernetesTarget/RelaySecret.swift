import ConfigCompiler
import KeyBundles
import RelayWire
import SyncEngine
import Synchronization
import TextFormats

/// A relay's Secret with what the daemon adds to the rendered one: the token, the cluster's key and the declaration.
struct RelaySecret {
  /// What this program wrote to a relay's Secret last.
  struct Written: Sendable, Equatable {
    let declaration: RelayDeclaration
    let token: String
  }

  /// Whom a relay shares its cluster's key with.
  enum Sharing: Equatable {
    /// Nobody: a relay of one region has a key of its own.
    case nobody
    /// Other regions, with the key if it is known. One of its own would keep them apart.
    case regions(String?)

    /// Returns whom the relay of an object shares its key with.
    init(_ object: RenderedObject) {
      self = object.origin.isRegional ? .regions(object.regionalKey?.text) : .nobody
    }

    /// Returns the content of the key's file, given the live one; nil if no key is known.
    func key(over live: String?) -> String? {
      switch self {
      case .nobody: live ?? ClusterKey.make()
      case .regions(let shared): ClusterKey.content(sharing: shared, over: live)
      }
    }
  }

  /// The manifest to apply.
  let manifest: JSON
  /// The files in it; nil if the rendered Secret has no configuration.
  let files: AppliedFiles?

  private static let bundle = "bundle.age"

  /// Completes a rendered Secret.
  ///
  /// Token and cluster's key are those of the live one, and new ones for what it lacks. A bundle that has not changed keeps its
  /// bytes.
  ///
  /// - Parameters:
  ///   - live: the Secret in the cluster, or the answer that there is none.
  ///   - sharing: whom the relay shares its cluster's key with.
  ///   - signer: the key that signs the declaration; nil if it needs no signature.
  ///   - written: what this program wrote last; nil if it has not written yet.
  ///   - now: milliseconds since 1970.
  /// - Throws: `cryptography`.
  init(
    _ rendered: JSON, from live: JSON, of relay: DeployedRelay, sharing: Sharing = .nobody,
    signer: DeclarationSigner? = nil, written: Written?, now: Int64
  ) throws(KeyBundleError) {
    let there = RelayDeclaration.declaration(inSecret: live)
    let own = Self.ownDeclaration(in: live, of: relay, signer: signer, written)
    let known = try Self.token(in: live, there: there, own: own)
    let token = written?.token ?? known ?? RelayToken.make()
    var secret = RelayToken.add(token, toSecret: rendered)
    if let key = sharing.key(over: ClusterKey.key(inSecret: live)) { secret = ClusterKey.add(key, toSecret: secret) }
    guard RelayToken.token(inSecret: secret) != nil else {
      manifest = rendered
      files = nil
      return
    }
    if let own, Self.isSameDeclaration(live, rendered) { secret = try Self.keepingBundle(of: live, own, in: secret) }
    // Relays may have used a declaration that was written outside wpex, and refuse what is older.
    let foreign = there.map { $0 != own && $0.isAccepted(by: signer) ? $0.serial : 0 } ?? 0
    let contents = RelayDeclaration.contents(ofSecret: secret)
    let declaration = try RelayDeclaration(
      of: contents, org: relay.org, relay: relay.name, after: own, above: foreign,
      signer: signer, now: now)
    manifest = Self.annotated(declaration.added(toSecret: secret), declaration.digest)
    files = AppliedFiles(try DeclaredFiles(declaration, contents), token: token)
  }

  /// Returns the declaration that the daemon wrote last: what this program remembers, or the one in the Secret if the annotation
  /// names it, and if it has a signature that relays accept; nil if it is not known.
  static func ownDeclaration(
    in live: JSON, of relay: DeployedRelay, signer: DeclarationSigner? = nil, _ written: Written?
  ) -> RelayDeclaration? {
    if let written { return written.declaration }
    guard let there = RelayDeclaration.declaration(inSecret: live), there.org == relay.org, there.relay == relay.name,
      live["metadata"]?["annotations"]?[ObjectMetadataKeys.declaration]?.text == there.digest,
      there.isAccepted(by: signer)
    else { return nil }
    return there
  }

  /// Returns the token in a Secret; nil if it may not be the daemon's own. A Secret from an earlier version of wpex has a
  /// token, but no declaration.
  private static func token(
    in live: JSON, there: RelayDeclaration?, own: RelayDeclaration?
  ) throws(KeyBundleError) -> String? {
    if let own {
      guard let bytes = RelayDeclaration.contents(ofSecret: live)[RelayToken.file],
        try SHA256Digest.hex(of: bytes) == own.files[RelayToken.file]
      else { return nil }
    } else if there != nil {
      return nil
    }
    return RelayToken.token(inSecret: live)
  }

  private static func isSameDeclaration(_ live: JSON, _ rendered: JSON) -> Bool {
    let digest = live["metadata"]?["annotations"]?[ObjectMetadataKeys.digest]?.text
    return digest != nil && digest == rendered["metadata"]?["annotations"]?[ObjectMetadataKeys.digest]?.text
  }

  private static func keepingBundle(
    of live: JSON, _ declaration: RelayDeclaration, in secret: JSON
  ) throws(KeyBundleError) -> JSON {
    guard let bytes = RelayDeclaration.contents(ofSecret: live)[bundle],
      try SHA256Digest.hex(of: bytes) == declaration.files[bundle],
      case .object(var members) = secret, case .object(var data)? = members["data"]
    else { return secret }
    data[bundle] = live["data"]?[bundle]
    members["data"] = .object(data)
    return .object(members)
  }

  private static func annotated(_ secret: JSON, _ digest: String) -> JSON {
    guard case .object(var members) = secret, case .object(var metadata)? = members["metadata"] else { return secret }
    var annotations: JSON.Members = [:]
    if case .object(let there)? = metadata["annotations"] { annotations = there }
    annotations[ObjectMetadataKeys.declaration] = .string(digest)
    metadata["annotations"] = .object(annotations)
    members["metadata"] = .object(metadata)
    return .object(members)
  }

  /// Returns the names of data that is not what the daemon wrote, sorted.
  ///
  /// The cluster's key may be replaced by hand, as long as a relay can use it. Data that others add is theirs.
  ///
  /// - Parameter written: what this program wrote last; nil if it has not written yet. The annotation then says what it wrote.
  /// - Throws: `cryptography`.
  static func changes(
    in live: JSON, rendered: JSON, of relay: DeployedRelay, sharing: Sharing = .nobody,
    signer: DeclarationSigner? = nil, written: Written?
  ) throws(KeyBundleError) -> [String] {
    let contents = RelayDeclaration.contents(ofSecret: live)
    let own = ownDeclaration(in: live, of: relay, signer: signer, written)
    var changed: Set<String> = []
    if own == nil || own?.bytes != contents[RelayDeclaration.file] { changed.insert(RelayDeclaration.file) }
    for name in RelayDeclaration.declaredFiles {
      let digest = try SHA256Digest.hex(of: contents[name] ?? [])
      if contents[name] == nil || own.map({ $0.files[name] != digest }) ?? false { changed.insert(name) }
    }
    let token = written?.token ?? RelayToken.token(inSecret: live)
    let configuration = RelayDeclaration.contents(ofSecret: rendered)[RelayToken.file] ?? []
    if token.map({ RelayToken.add($0, to: configuration) }) != contents[RelayToken.file] {
      changed.insert(RelayToken.file)
    }
    if ClusterKey.key(inSecret: live) == nil, sharing.key(over: nil) != nil { changed.insert(ClusterKey.file) }
    return changed.sorted()
  }
}

/// What this program wrote to relays' Secrets.
final class RelaySecrets: Sendable {
  private struct Key: Hashable {
    let region: String
    let relay: DeployedRelay
  }

  private struct State {
    var written: [Key: RelaySecret.Written] = [:]
    /// Files that were applied and not handed on yet.
    var files: [Key: AppliedFiles] = [:]
  }

  private let state = Mutex(State())

  /// Returns what was written to a relay's Secret last; nil if that is not known.
  func written(to relay: DeployedRelay, in region: String) -> RelaySecret.Written? {
    state.withLock { $0.written[Key(region: region, relay: relay)] }
  }

  /// Records files that were applied.
  func record(_ files: AppliedFiles, of relay: DeployedRelay, in region: String) {
    recordWritten(files, of: relay, in: region)
    state.withLock { $0.files[Key(region: region, relay: relay)] = files }
  }

  /// Records files that are there and are what was applied.
  func recordWritten(_ files: AppliedFiles, of relay: DeployedRelay, in region: String) {
    state.withLock {
      $0.written[Key(region: region, relay: relay)] = RelaySecret.Written(
        declaration: files.files.declaration, token: files.token)
    }
  }

  /// Returns files that were applied, once: they may be large.
  func takeFiles(of relay: DeployedRelay, in region: String) -> AppliedFiles? {
    state.withLock { $0.files.removeValue(forKey: Key(region: region, relay: relay)) }
  }

  /// Forgets a relay whose Secret was deleted.
  func forget(_ relay: DeployedRelay, in region: String) {
    let key = Key(region: region, relay: relay)
    state.withLock { state in
      state.written[key] = nil
      state.files[key] = nil
    }
  }

  /// Forgets a region's relays.
  func forget(region: String) {
    state.withLock { state in
      state.written = state.written.filter { $0.key.region != region }
      state.files = state.files.filter { $0.key.region != region }
    }
  }
}
