import ArgumentParser
import SyncService

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follow a repository and keep regions at what it declares.",
    subcommands: [Approve.self])

  struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a held plan go on, by the digest that `wpex status` shows.",
      discussion: """
        The approval is good for exactly the deletions that were held; anything else is held again.

        EXAMPLES
          wpex status
          wpex sync approve 0f1e2d3c4b5a6978
        """)

    @OptionGroup var location: StateOptions
    @Argument(help: "The plan's digest: 16 hexadecimal digits.") var digest: String

    func run() throws {
      do {
        try StateFolder(location.state).approve(digest.lowercased())
      } catch let error as StateFolder.Refused {
        throw CommandFailure(.refused, error.description)
      }
      Terminal.error("approved \(digest); the daemon goes on with its next look")
    }
  }
}
