import ArgumentParser

@main
struct Wpex: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "wpex")
}
