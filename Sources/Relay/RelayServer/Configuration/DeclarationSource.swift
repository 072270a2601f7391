import KeyBundles
import RelayWire

/// The declared files of a relay: the configuration and the bundles beside it, with `declaration.json` in the same folder.
///
/// A relay that has used a declaration uses only newer ones from then on, in whatever way they arrive, and also after a restart:
/// what is in force is kept beside the state.
struct DeclarationSource: Sendable {
  /// Path of the configuration file.
  private let configuration: String
  /// Paths of the bundles in the folder of the configuration.
  private let bundles: [String]
  /// Path of the file that keeps what is in force; nil if the relay has no state.
  let kept: String?
  /// Public keys that sign declarations; nil if they need no signature.
  private let verifier: DeclarationVerifier?

  /// Finds the declared files among a relay's options; nil if it has no configuration file.
  init?(_ options: RelayOptions) {
    guard let configuration = options.configuration else { return nil }
    self.configuration = configuration
    let folder = Self.folder(configuration)
    bundles = options.bundles.filter { Self.folder($0) == folder }
    kept = options.state.map { $0 + ".declared" }
    verifier = DeclarationVerifier(options)
  }

  /// Path of the declaration.
  var path: String { Self.folder(configuration) + RelayDeclaration.file }

  /// Names of the files that a declaration must cover.
  private var names: Set<String> { Set(([configuration] + bundles).map(Self.name)) }

  /// Reads the declaration and its files from their folder.
  ///
  /// - Returns: Nil if the folder has no declaration and does not need one.
  /// - Throws: `RelayServerError` of kind `changing` if a file does not match, as it happens while files are replaced;
  ///   `invalid` if the declaration cannot be used; `system` if a file cannot be read.
  func read() throws(RelayServerError) -> DeclaredFiles? {
    guard Files.exists(path) else {
      if let verifier {
        throw RelayServerError(
          .invalid, "the relay uses only what a key of \(verifier.place) has signed, and \(path) does not exist")
      }
      return nil
    }
    let bytes = try Files.read(path)
    let declaration = try Self.understanding(path) { () throws(KeyBundleError) in try RelayDeclaration(parsing: bytes) }
    var contents: [String: [UInt8]] = [:]
    for file in [configuration] + bundles { contents[Self.name(file)] = try Files.read(file) }
    let files = try Self.understanding(Self.folder(configuration), otherwise: .changing) {
      () throws(KeyBundleError) in try DeclaredFiles(declaration, contents)
    }
    try check(files)
    return files
  }

  /// Reads what an earlier process had in force.
  ///
  /// - Returns: Nil if there is nothing.
  /// - Throws: `RelayServerError` if it cannot be used.
  func readKept() throws(RelayServerError) -> DeclaredFiles? {
    guard let kept, Files.exists(kept) else { return nil }
    let bytes = try Files.read(kept)
    let files = try Self.understanding(kept) { () throws(KeyBundleError) in try DeclaredFiles(parsing: bytes) }
    try check(files)
    return files
  }

  /// Returns what a file contains.
  ///
  /// - Throws: `RelayServerError` of kind `kind` that names the file.
  private static func understanding<Content>(
    _ path: String, otherwise kind: RelayServerError.Kind = .invalid, _ parse: () throws(KeyBundleError) -> Content
  ) throws(RelayServerError) -> Content {
    do {
      return try parse()
    } catch {
      throw RelayServerError(kind, "\(path): \(error.reason)")
    }
  }

  /// Keeps what is in force for the next process. Does nothing if the relay has no state.
  ///
  /// - Throws: `RelayServerError` if the file cannot be written.
  func keep(_ files: DeclaredFiles) throws(RelayServerError) {
    if let kept { try Files.replace(kept, with: files.bytes) }
  }

  /// Checks that a declaration covers the files that this process reads, and that the right key signed it.
  ///
  /// - Throws: `RelayServerError` if not.
  func check(_ files: DeclaredFiles) throws(RelayServerError) {
    guard Set(files.declaration.files.keys) == names else {
      throw RelayServerError(
        .invalid,
        "the declaration covers \(files.declaration.files.keys.sorted().joined(separator: ", ")), and this process reads "
          + names.sorted().joined(separator: ", ") + "; restart it with the declared files")
    }
    guard let verifier else { return }
    guard files.declaration.isSigned(byOneOf: try verifier.publicKeys()) else {
      throw RelayServerError(
        .invalid, "no key of \(verifier.place) has signed the declaration with serial \(files.declaration.serial)")
    }
  }

  /// Returns the newer one of the files in force and others.
  ///
  /// - Throws: `RelayServerError` if the others have no declaration, or the serial of other files.
  static func newer(inForce: DeclaredFiles?, found: DeclaredFiles?) throws(RelayServerError) -> DeclaredFiles? {
    guard let inForce else { return found }
    guard let found else {
      throw RelayServerError(
        .invalid,
        "\(RelayDeclaration.file) is gone; the relay keeps the files with serial \(inForce.declaration.serial)")
    }
    guard found.declaration.serial >= inForce.declaration.serial else { return inForce }
    guard
      found.declaration.serial > inForce.declaration.serial || found.declaration.digest == inForce.declaration.digest
    else {
      throw RelayServerError(
        .invalid, "two declarations have serial \(found.declaration.serial); the relay keeps the one that came first")
    }
    return found
  }

  /// Returns the content of a file: the declared one if there are declared files and it is one of them.
  ///
  /// - Throws: `RelayServerError` if the file cannot be read.
  func content(of path: String, _ declared: DeclaredFiles?) throws(RelayServerError) -> [UInt8] {
    if let declared, path == configuration || bundles.contains(path), let bytes = declared.contents[Self.name(path)] {
      return bytes
    }
    return try Files.read(path)
  }

  private static func folder(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  private static func name(_ path: String) -> String { String(path[folder(path).endIndex...]) }
}
