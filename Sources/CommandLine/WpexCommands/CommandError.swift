/// Why a command could not do its work: what happened, and what to do next.
struct CommandError: Error, CustomStringConvertible {
  enum Reason: Int32 {
    /// The repository is not as it must be.
    case refused = 1
    /// The command line asks for something that does not go.
    case usage = 2
    /// Reading or writing failed.
    case failed = 3
  }

  let reason: Reason
  let description: String

  var exitCode: Int32 { reason.rawValue }

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
