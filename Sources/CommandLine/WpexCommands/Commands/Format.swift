import ArgumentParser
import ConfigCompiler
import Diagnostics
import FileAccess
import GitStore
import SyncService
import RepositoryEditing

/// `wpex fmt`: formats the repository's YAML.
struct Format: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Format the repository's YAML; comments and values are kept.",
    discussion: """
      EXAMPLES
        wpex fmt                  format every file of the repository
        wpex fmt --check          name the files that would change, and fail if there are any
        wpex fmt --diff           show the changes without writing them
        wpex fmt --check --staged the same for what is staged in Git's index, in a pre-commit hook
        wpex fmt orgs/acme/keys/warehouse-1.yaml orgs/globex
        wpex fmt - < in > out     format standard input
      """)

  @Option(name: .customLong("repo"), help: ArgumentHelp("The config repository.", valueName: "dir"))
  var namedRepo: String?

  @Flag(help: "Change nothing; fail if a file would change.")
  var check = false

  @Flag(help: "Show the changes without writing them.")
  var diff = false

  @Flag(help: "Read what is staged in Git's index, with --check or --diff.")
  var staged = false

  @Argument(
    help: ArgumentHelp(
      "Files and folders to format instead of all, relative to the current folder or the repository; - is standard input.",
      valueName: "file"))
  var files: [String] = []

  private var repo: String { namedRepo ?? RepositoryRoot.current }

  func validate() throws {
    if files.contains("-"), files.count > 1 { throw ValidationError("give - or files, not both") }
    if staged, !check, !diff {
      throw ValidationError("--staged writes nothing: give --check or --diff, or format the files and `git add` them")
    }
    if staged, !files.isEmpty { throw ValidationError("--staged reads everything that is staged: leave out the files") }
  }

  func run() async throws {
    if files == ["-"] { return try formatInput() }
    let lock = check || diff ? nil : try await FolderLock(repo)
    defer { withExtendedLifetime(lock) {} }
    let sources: [SourceFile]
    do {
      sources = try await read()
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
    var faults: [Diagnostic] = []
    var changed = 0
    for file in sources {
      switch Formatter.format(file) {
      case .unchanged: break
      case .kept: Terminal.error("\(file.path): \(Self.kept)")
      case .faulty(let diagnostics): faults += diagnostics
      case .formatted(let bytes):
        changed += 1
        if diff { show(file, bytes) }
        if check || !diff { Terminal.note("\(check ? "would format" : "formatted") \(file.path)") }
        if !check, !diff { try FileReplacement.write(bytes, to: "\(repo)/\(file.path)") }
      }
    }
    try refuse(faults, sources)
    if check, changed > 0 { throw ExitCode(1) }
  }

  private static let kept = "cannot be formatted without changing its meaning; left as it is"

  private func show(_ file: SourceFile, _ bytes: [UInt8]) {
    let diff = UnifiedDiff(path: file.path, before: file.bytes, after: bytes)
    Terminal.output(diff.text(colors: Terminal.outputHasColor), endsLine: false)
  }

  /// - Throws: `ExitCode(1)` after showing faults, if there are any.
  private func refuse(_ faults: [Diagnostic], _ sources: [SourceFile]) throws {
    guard !faults.isEmpty else { return }
    let report = DiagnosticReport(faults.inFileOrder(), files: SourceFiles(sources))
    Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
    throw ExitCode(1)
  }

  private func formatInput() throws {
    let file = SourceFile(path: "standard input", bytes: try Files.readStandardInput())
    let result: [UInt8]
    switch Formatter.format(file) {
    case .unchanged: result = file.bytes
    case .kept:
      Terminal.error("\(file.path): \(Self.kept)")
      result = file.bytes
    case .faulty(let diagnostics): return try refuse(diagnostics, [file])
    case .formatted(let bytes): result = bytes
    }
    if diff, result != file.bytes { show(file, result) }
    if !check, !diff { Terminal.output(String(decoding: result, as: UTF8.self), endsLine: false) }
    if check, result != file.bytes { throw ExitCode(1) }
  }

  private func readStaged() async throws -> [SourceFile] {
    let folder = StagedFolder(at: repo)
    let tree = try folder.tree()
    let wanted = Set(Self.formatted(in: tree))
    let contents = try await folder.contents(of: tree.entries.filter { wanted.contains($0.path) })
    return wanted.sorted().compactMap { path in contents[path].map { SourceFile(path: path, bytes: $0) } }
  }

  /// Paths of the files that are formatted: YAML that the compiler reads.
  private static func formatted(in tree: SourceTree) -> [String] {
    Compiler.entriesToRead(in: RepositoryTree(tree)).map(\.path).filter { $0.hasSuffix(".yaml") }
  }

  private func read() async throws -> [SourceFile] {
    if staged { return try await readStaged() }
    let folder = try WorkingFolder(at: repo)
    let named = try files.map(pathInRepository)
    let isAll = files.isEmpty || named.contains("")
    let folders = named.filter { Files.isFolder("\(repo)/\($0)") }
    var paths = Set(named).subtracting(folders)
    if isAll || !folders.isEmpty {
      let tree = try folder.tree()
      let wanted = Self.formatted(in: tree).filter { path in
        isAll || folders.contains { path.hasPrefix($0 + "/") }
      }
      paths.formUnion(wanted)
    }
    return try paths.sorted().map { SourceFile(path: $0, bytes: try Files.read("\(repo)/\($0)")) }
  }

  /// Path of a named file or folder inside the repository; empty for the repository itself.
  ///
  /// - Throws: `CommandError` if it does not exist, is outside the repository or is not YAML.
  private func pathInRepository(_ name: String) throws -> String {
    let place = name.hasPrefix("/") || Files.exists(name) ? name : "\(repo)/\(name)"
    guard Files.exists(place) else { throw CommandError(.failed, "`\(name)` cannot be read: there is no such file") }
    let (path, root) = (Self.resolved(place), Files.resolved(repo))
    if path == root { return "" }
    guard path.hasPrefix(root == "/" ? root : root + "/") else {
      throw CommandError(.usage, "`\(name)` is outside the repository `\(repo)`: name its own with --repo")
    }
    guard Files.isFolder(path) || path.hasSuffix(".yaml") || path.hasSuffix(".yml") else {
      throw CommandError(.usage, "`\(name)` is not a YAML file: its name ends neither with .yaml nor with .yml")
    }
    return String(path.dropFirst(root == "/" ? 1 : root.count + 1))
  }

  /// Resolves the symbolic links in a file's folders.
  ///
  /// A file that is itself a link belongs to the repository, wherever the link leads.
  private static func resolved(_ place: String) -> String {
    guard !Files.isFolder(place) else { return Files.resolved(place) }
    guard let slash = place.lastIndex(of: "/") else { return Files.resolved(".") + "/" + place }
    let parent = Files.parent(of: place)
    let folder = Files.resolved(parent.isEmpty ? "/" : parent)
    return (folder == "/" ? "" : folder) + place[slash...]
  }
}
