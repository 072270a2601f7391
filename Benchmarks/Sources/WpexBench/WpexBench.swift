import ArgumentParser

/// Generates synthetic repositories, and measures what cannot be measured from outside a process.
@main
struct WpexBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wpex-bench", abstract: "Synthetic repositories and in-process measurements.",
    subcommands: [Generate.self, Recompile.self, Parse.self])
}
