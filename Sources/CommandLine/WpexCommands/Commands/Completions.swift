import ArgumentParser

struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a completion script for a shell.",
    discussion: """
      EXAMPLES
        wpex completions bash > /etc/bash_completion.d/wpex
        wpex completions zsh > "${fpath[1]}/_wpex"
        wpex completions fish > ~/.config/fish/completions/wpex.fish
      """)

  @Argument(help: "The shell: bash, zsh or fish.")
  var shell: Shell

  func run() throws { Terminal.output(Wpex.completionScript(for: shell.completionShell)) }

  /// Shell for which a script is printed.
  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash
    case zsh
    case fish

    var completionShell: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }
}
