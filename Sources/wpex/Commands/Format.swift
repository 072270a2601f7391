import ArgumentParser
import ConfigCompiler
import Diagnostics
import GitStore
import SyncService
import RepositoryEditing

struct Format: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Bring the repository's YAML into one layout, keeping comments and values.",
    discussion: """
      EXAMPLES
        wpex fmt                  format every file of the repository
        wpex fmt --check          name the files that would change, and fail if there are any
        wpex fmt orgs/acme/keys/warehouse-1.yaml
      """)

  @Option(help: ArgumentHelp("The config repository.", valueName: "dir"))
  var repo = "."

  @Flag(help: "Change nothing; fail where a file would change.")
  var check = false

  @Argument(help: ArgumentHelp("Files to format instead of all, relative to the repository.", valueName: "file"))
  var files: [String] = []

  func run() async throws {
    let sources: [SourceFile]
    do {
      sources = try await read()
    } catch let error as GitStoreError {
      throw CommandFailure(.failed, error.description)
    }
    var faults: [Diagnostic] = []
    var changed = 0
    for file in sources {
      switch Formatter.format(file) {
      case .unchanged: break
      case .kept: Terminal.error("\(file.path): cannot be laid out anew without changing what it says; left as it is")
      case .faulty(let diagnostics): faults += diagnostics
      case .formatted(let bytes):
        changed += 1
        Terminal.error("\(check ? "would format" : "formatted") \(file.path)")
        if !check { try Files.write(bytes, to: "\(repo)/\(file.path)") }
      }
    }
    if !faults.isEmpty {
      let report = DiagnosticReport(faults.inFileOrder(), files: SourceFiles(sources))
      Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
      throw ExitCode(1)
    }
    if check, changed > 0 { throw ExitCode(1) }
  }

  private func read() async throws -> [SourceFile] {
    guard files.isEmpty else {
      return try files.map { SourceFile(path: $0, bytes: try Files.read("\(repo)/\($0)")) }
    }
    let folder = try WorkingFolder(at: repo)
    let tree = try folder.tree()
    let wanted = Set(Compiler.entriesToRead(in: RepositoryTree(tree)).map(\.path))
    let contents = try await folder.contents(
      of: tree.entries.filter { wanted.contains($0.path) && $0.path.hasSuffix(".yaml") })
    return contents.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, bytes: $0.value) }
  }
}
