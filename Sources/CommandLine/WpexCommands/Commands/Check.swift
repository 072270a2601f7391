import ArgumentParser
import Authority
import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import GitStore
import SyncService

/// `wpex check`: checks a change against the permissions of its author in the base revision.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check whether a user is allowed to make a change.",
    discussion: """
      Every changed document, and every changed field of users and organizations, needs a permission that the actor has in \
      the base: users and roles in the change itself are ignored. What no rule covers is denied, and so is what breaks a rule \
      of the operator (`Platform.spec.rules`). Reads only Git's object database. Exit code 1 if something is denied; \
      docs/authority.md has the rules.

      EXAMPLES
        wpex check --base origin/main --actor github:giulia-rossi
        wpex check --base v12 --head v13 --actor user:acme/giulia-rossi
        wpex check --base origin/main --staged --actor user:acme/giulia-rossi
        wpex check --base origin/main --actor gitlab:grossi --format sarif --output check.sarif
      """)

  @OptionGroup var comparison: ComparisonOptions

  @Option(
    help: ArgumentHelp(
      "Who makes the change: github:NAME, gitlab:NAME, oidc:ISSUER#SUBJECT, ssh:SHA256:…, user:NAME or user:ORG/NAME.",
      valueName: "who"))
  var actor: String

  @OptionGroup var result: ResultOptions<ReportFormat>

  func validate() throws {
    if Account(actor) == nil {
      throw ValidationError(
        "--actor must be github:NAME, gitlab:NAME, oidc:ISSUER#SUBJECT, ssh:SHA256:…, user:NAME or user:ORG/NAME, not `\(actor)`"
      )
    }
  }

  func run() async throws {
    guard let account = Account(actor) else { return }
    let compared = try await comparison.compare()
    // If the base has moved on, its newest users and roles count: a user who has left since then may do nothing.
    let base = compared.isBehind ? try await newestBase(now: compared.head.compilation.now) : compared.base.compilation
    let actor = Actor(account, in: base)
    let changes = ChangeSet(from: compared.base, to: compared.head)
    let decisions = Authority.decisions(on: changes, by: actor, base: base)
    // The operator's rules hold for everybody, whatever their role.
    let denied =
      (decisions.compactMap { $0.diagnostic(for: actor) }
      + compared.head.compilation.ruleBreaches(since: compared.base.compilation)).inFileOrder()
      + [actor.refusal(of: changes)].compactMap { $0 }
    // Removed files exist in the base only.
    let files = SourceFiles(of: denied) { path in
      compared.head.compilation.source(path) ?? compared.base.compilation.source(path)
    }
    try write(
      DiagnosticReport(denied, files: files, below: compared.prefix),
      "permitted: \(counted(decisions.count)) by `\(actor.name)`")
    if !denied.isEmpty { throw ExitCode(1) }
  }

  private func newestBase(now: Timestamp) async throws -> Compilation {
    do {
      let repository = try GitRepository(at: comparison.repo)
      let commit = try await repository.commit(comparison.base)
      return try await IncrementalCompiler(repository).compile(commit, now: now.unixSeconds)
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
  }

  private func write(_ report: DiagnosticReport, _ permitted: String) throws {
    try result.write(report)
    if result.form == .text, report.diagnostics.isEmpty { Terminal.note(permitted) }
  }

  private func counted(_ count: Int) -> String { count == 1 ? "1 change" : "\(count) changes" }
}
