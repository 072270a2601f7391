import RelayCore
import RelayWire

/// The files of a relay: configuration, bundles, identity, declaration, and the cluster's key.
struct RelayFiles: Sendable {
  private let options: RelayOptions
  private let sources: KeySources
  /// The declared files; nil without a configuration file.
  let declarations: DeclarationSource?
  /// Versions of the files that exist always.
  private var stamps: [Files.Stamp?] = []
  private var declarationStamp: Files.Stamp?
  /// The cluster's key file that the last configuration named, even if it could not be used.
  private var clusterKeyFile: String?
  private var clusterKeyStamp: Files.Stamp?

  init(_ options: RelayOptions) {
    self.options = options
    sources = KeySources(allow: options.allow, bundles: options.bundles, identity: options.identity)
    declarations = DeclarationSource(options)
    noteVersions()
  }

  /// What the files say.
  struct Content: Sendable {
    /// The configuration.
    let configuration: RelayConfiguration
    /// All keys, and who of them may speak with whom.
    let keys: KeySet
    /// Whether no key may use the relay, although nobody asked for that.
    let lacksKeys: Bool
    /// Membership in a cluster; nil if the relay is alone.
    let cluster: ClusterSettings?
    /// Keys of the cluster.
    let clusterKeys: [[UInt8]]
    /// The declared files that were used; nil if they came without a declaration.
    let declared: DeclaredFiles?
  }

  private var watched: [String] { sources.files + (options.configuration.map { [$0] } ?? []) }

  /// Returns whether a file has another version than at the last call that returned true.
  ///
  /// Returns false while a file is missing: during a swap, that is so for a moment.
  mutating func haveChanged() -> Bool {
    let current = watched.map(Files.stamp)
    let key = clusterKeyFile.flatMap(Files.stamp)
    guard
      current != stamps || key != nil && key != clusterKeyStamp
        || declarations.flatMap({ Files.stamp($0.path) }) != declarationStamp
    else { return false }
    guard !current.contains(nil) else { return false }
    noteVersions()
    return true
  }

  /// Makes the next call of `haveChanged` return true.
  mutating func readAgain() { stamps = [] }

  private mutating func noteVersions() {
    stamps = watched.map(Files.stamp)
    declarationStamp = declarations.flatMap { Files.stamp($0.path) }
    clusterKeyStamp = clusterKeyFile.flatMap(Files.stamp)
  }

  /// Reads everything.
  ///
  /// - Parameter declared: Files that replace those of the same name on disk.
  /// - Throws: `RelayServerError` that names the file that cannot be used.
  mutating func read(_ declared: DeclaredFiles?) throws(RelayServerError) -> Content {
    let declarations = declarations
    func content(_ path: String) throws(RelayServerError) -> [UInt8] {
      guard let declarations else { return try Files.read(path) }
      return try declarations.content(of: path, declared)
    }
    let configuration = try configuration(content)
    let cluster = try ClusterSettings.effective(options, configuration)
    // Noted before the file is read, so that no change is missed.
    clusterKeyFile = cluster?.keyFile
    clusterKeyStamp = clusterKeyFile.flatMap(Files.stamp)
    let clusterKeys = try cluster?.readKeys() ?? []
    let keys = try sources.load(configured: configuration.keys, declaration: declared?.declaration, content)
    return Content(
      configuration: configuration, keys: keys,
      lacksKeys: keys.keys.isEmpty && !options.open && !sources.sayNobody(configuration), cluster: cluster,
      clusterKeys: clusterKeys, declared: declared)
  }

  private func configuration(
    _ content: (String) throws(RelayServerError) -> [UInt8]
  ) throws(RelayServerError) -> RelayConfiguration {
    guard let path = options.configuration else { return RelayConfiguration() }
    do {
      return try RelayConfiguration(parsing: try content(path))
    } catch {
      throw RelayServerError(error.kind, error.kind == .invalid ? "\(path): \(error.description)" : error.description)
    }
  }
}
