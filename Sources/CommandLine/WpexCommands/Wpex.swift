package import ArgumentParser
import FileAccess
import TextFormats

/// Root of the command line: parses arguments, and runs a subcommand.
package struct Wpex: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "wpex",
    abstract: "Run multi-tenant WireGuard relays from a Git repository.",
    discussion: """
      EXAMPLES
        wpex up                            run everything here, from the current folder
        wpex serve --repo URL              the status API and its pages
        wpex status                        what is declared, applied, healthy and held
        wpex diag ping acme/milan-1 HOST   what a relay can reach
        wpex doctor                        whether this machine is fit for relays
        wpex validate                      check the repository in the current folder
        wpex validate --rev origin/main    check a revision without checking it out
        wpex plan --base origin/main       what a merge would do
        wpex check --base origin/main --actor github:alice
        wpex render --out out              write Kubernetes manifests and key bundles
        wpex explain WPX1403               what a diagnostic means, with examples
        wpex explain Relay.spec.port       what a field means

      OPTIONS OF EVERY COMMAND
        -C DIR           work in this folder
        -q, --quiet      print only results and errors
        --format FORM    the result's form, if there are several; --json is --format json
        --output FILE    write the result to a file
        The config repository is the nearest folder, from the current one upwards, with a platform.yaml; --repo names another.

      EXIT CODES
        0  clean
        1  the repository has errors (with --strict, warnings too)
        2  the command line is wrong
        3  something could not be read or written
      """,
    version: WpexVersion.withCommit,
    subcommands: [
      Init.self, Import.self, Up.self, Doctor.self, Sync.self, Serve.self, Status.self, Audit.self, Diag.self,
      Validate.self, Plan.self, Check.self, Owners.self, Render.self, Explain.self, Schema.self, Format.self,
      OrgCommands.self,
      UserCommands.self,
      KeyCommands.self, RelayCommands.self, RuleCommands.self, Verify.self, Graph.self, LanguageServerCommand.self,
      Identity.self,
      Seal.self, Bundle.self,
      Completions.self, LicensesCommand.self,
    ])

  package init() {}

  /// Runs the command line, and maps errors to exit codes.
  package static func main() async {
    do {
      let arguments = try CommonOptions(try CommonOptions.processArguments())
      try CommonOptions.requireCommands(arguments.rest, of: Self.self)
      try arguments.enterFolders()
      var command = try parseAsRoot(arguments.rest)
      if var asyncCommand = command as? any AsyncParsableCommand {
        try await asyncCommand.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandError {
      fail(failure)
    } catch let error as FileAccessError {
      fail(CommandError(error))
    } catch let code as ExitCode {
      exit(withError: code)
    } catch {
      // ArgumentParser exits with 64 (EX_USAGE); wpex documents 2.
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code.isSuccess {
        Terminal.output(text)
        exit(withError: code)
      }
      Terminal.error(text)
      exit(withError: code == .validationFailure ? usage : ExitCode(3))
    }
  }

  /// Reports a failure, and ends the process.
  private static func fail(_ failure: CommandError) -> Never {
    Terminal.error("error: \(failure.description.visible)")
    exit(withError: failure.reason == .usage ? usage : ExitCode(failure.exitCode))
  }

  /// Exit code for invalid usage.
  ///
  /// It is 2, except with `wpex plan --exit-code`: there 2 means that something changes, and scripts must be able to
  /// tell the two apart.
  private static var usage: ExitCode {
    CommandLine.arguments.contains("--exit-code") ? .validationFailure : ExitCode(2)
  }
}
