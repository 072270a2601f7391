import ArgumentParser
import ChangePlan
import ChangeSet
import ConfigCompiler
import Diagnostics
import KubernetesModel
import TextFormats

/// `wpex plan`: the effect of a change, without applying it.
struct Plan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Preview a merge: access changes, restarts and object changes.",
    discussion: """
      Compiles both sides from Git's object database only: no network, no cluster, no secret. If the base has moved on \
      since the head branched off, their merge base is compared. Keys are shown by their fingerprints.

      Changes that a guard would hold are shown with the digest for `wpex sync approve`, before or after the merge.

      EXAMPLES
        wpex plan --base origin/main                     the working folder, or HEAD if it is clean
        wpex plan --base v12 --head v13
        wpex plan --base origin/main --format markdown --output plan.md
        wpex plan --base origin/main --format json | jq -r '.access[].sentence'
        wpex plan --base origin/main --exit-code || echo "something changes"

      EXIT CODES
        0  planned (with --exit-code: nothing changes)
        1  the head has errors
        2  the command line is wrong; with --exit-code: something changes, and a wrong command line ends with 64
        3  something could not be read or written
      """)

  @OptionGroup var comparison: ComparisonOptions

  @OptionGroup var result: ResultOptions<PlanReport.Form>

  @Flag(help: "Exit with code 2 if something changes, and with 0 if nothing does.")
  var exitCode = false

  @Option(
    help: ArgumentHelp(
      "Address of the full plan, for the last line of a Markdown report that had to be cut.", valueName: "url"))
  var fullText: String?

  @Option(help: ArgumentHelp("The Kubernetes version of the regions' clusters.", valueName: "major.minor"))
  var kubernetesVersion = KubernetesVersion.newest

  func run() async throws {
    let compared = try await comparison.compare()
    if compared.isBehind {
      Terminal.note(
        "note: `\(comparison.base)` has moved on since \(compared.headName) branched off; compared with \(compared.baseCommit.prefix(12)), their merge base"
      )
    }
    let base = PlanReport.Side(revision: comparison.base, commit: compared.baseCommit)
    let head = PlanReport.Side(revision: compared.headName, commit: compared.headCommit)
    // Errors in pending requests do not block the plan: requests have no effect yet.
    let errors = compared.head.compilation.diagnostics.filter(compared.head.compilation.holdsBack)
    guard errors.isEmpty else {
      let report = DiagnosticReport(errors, files: SourceFiles(of: errors, compared.head.compilation.source))
      Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
      // Otherwise the comment for an earlier commit would look like this one's.
      if result.form == .markdown { try result.write(PlanMarkdown.refusal(head: head, errors: errors.count)) }
      throw ExitCode(1)
    }
    let plan: ChangePlan
    do {
      plan = try ChangePlan(
        from: compared.base, to: compared.head, options: Renderer.Options(version: kubernetesVersion))
    } catch let failure as Renderer.Failure {
      throw CommandError(.refused, failure.description)
    }
    let colors = result.file == nil && result.form == .text && Terminal.outputHasColor
    try result.write(PlanReport(plan, base: base, head: head).text(result.form, colors: colors, fullText: fullText))
    if exitCode, !plan.isEmpty { throw ExitCode(2) }
  }
}

extension PlanReport.Form: ResultForm {}
