import ArgumentParser
import ConfigCompiler
import Diagnostics
import RepositoryEditing

/// `wpex validate`: diagnostics of a repository.
struct Validate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a config repository and report every problem with its location.",
    discussion: """
      Reads the working folder, with --staged what is staged in Git's index, or with --rev a revision of a Git repository \
      (bare or not) without checking it out. Text goes to standard error, machine formats to standard output, and either \
      to the file that --output names.

      If several documents claim the same account, public key or port, the one that has it in the base keeps it; the others \
      get the error.

      EXAMPLES
        wpex validate
        wpex validate --repo sample-repo --strict
        wpex validate --rev HEAD~1 --format sarif --output wpex.sarif
        wpex validate --rev HEAD --base origin/main
        wpex validate --fix
        wpex validate --staged                     in a pre-commit hook
        wpex validate --org acme --format json | jq '.diagnostics[].message'
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(
    help: ArgumentHelp(
      "The state before, such as `origin/main`. Without it, the history decides who was first.", valueName: "rev"))
  var base: String?

  @OptionGroup var result: ResultOptions<ReportFormat>

  @Flag(help: "Fail on warnings too.")
  var strict = false

  @Flag(help: "Apply the fixes that are certain, then check again.")
  var fix = false

  @Option(help: ArgumentHelp("Show only diagnostics of this organization and the platform.", valueName: "name"))
  var org: String?

  func validate() throws {
    if fix, repository.rev != nil || repository.staged {
      throw ValidationError("--fix changes files, and --rev and --staged read from Git: leave out one")
    }
  }

  func run() async throws {
    let lock = fix ? try await FolderLock(repository.repo) : nil
    defer { withExtendedLifetime(lock) {} }
    var compilation = try await repository.compile(base: base)
    if fix, try apply(compilation) { compilation = try await repository.compile(base: base) }
    if let org, compilation.unit(named: org) == nil {
      throw CommandError(.usage, "there is no organization `\(org)`; orgs/ has \(known(compilation))")
    }
    let diagnostics = compilation.diagnostics.filter(concerns)
    let files = SourceFiles(of: diagnostics, compilation.source)
    let report = DiagnosticReport(diagnostics, files: files, below: repository.prefix)
    try write(report, compilation)
    for hint in await repository.sealHints(for: compilation, base: base) { Terminal.error(hint) }
    let fails = diagnostics.contains { $0.severity == .error || strict }
    if fails { throw ExitCode(1) }
  }

  private func concerns(_ diagnostic: Diagnostic) -> Bool {
    guard let org else { return true }
    let owner = RepositoryTree.owner(ofFileOrFolder: diagnostic.primary.location.path)
    return owner == nil || owner == org
  }

  private func known(_ compilation: Compilation) -> String {
    compilation.units.isEmpty ? "none" : compilation.units.map { "`\($0.name)`" }.joined(separator: ", ")
  }

  private func write(_ report: DiagnosticReport, _ compilation: Compilation) throws {
    try result.write(report)
    if result.form == .text, report.diagnostics.isEmpty { Terminal.note(clean(compilation)) }
  }

  private func clean(_ compilation: Compilation) -> String {
    let units = compilation.units
    func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
    return "clean: "
      + [
        counted(units.count, "organization"), counted(units.reduce(0) { $0 + $1.relays.count }, "relay"),
        counted(units.reduce(0) { $0 + $1.keys.count }, "key"),
        counted(units.reduce(compilation.platform.users.count) { $0 + $1.users.count }, "user"),
      ].joined(separator: ", ")
  }

  /// Writes the certain fixes of diagnostics to the working folder.
  ///
  /// - Returns: Whether a file changed.
  private func apply(_ compilation: Compilation) throws -> Bool {
    let changes = FixApplication.apply(compilation.diagnostics.filter(concerns), source: compilation.source)
    for change in changes {
      try FileReplacement.write(change.file.bytes, to: "\(repository.repo)/\(change.file.path)")
      Terminal.note("fixed \(change.file.path)")
    }
    return !changes.isEmpty
  }
}

extension ReportFormat: ResultForm {}

extension ResultOptions<ReportFormat> {
  /// Writes a report: text goes to standard error unless a file is named, other forms are results.
  func write(_ report: DiagnosticReport) throws {
    guard form == .text, output == nil || output == ReportFormat.text.rawValue else {
      return try write(report.text(form))
    }
    let text = report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth)
    guard !text.isEmpty else { return }
    Terminal.error(styled: text)
    if Terminal.isOutputInFile {
      Terminal.note("note: this is standard error; --output FILE writes the text to a file")
    }
  }
}
