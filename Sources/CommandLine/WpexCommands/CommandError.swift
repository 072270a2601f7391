import FileAccess

/// Failure of a command: what happened, and what to do next.
struct CommandError: Error, CustomStringConvertible {
  /// Kind of failure; the raw value is the exit code.
  enum Reason: Int32 {
    /// The repository is invalid, or the request is not permitted.
    case refused = 1
    /// Invalid usage.
    case usage = 2
    /// Reading or writing failed.
    case failed = 3
  }

  let reason: Reason
  let description: String

  /// Exit code of the process, unless usage errors have another one (`Wpex.usage`).
  var exitCode: Int32 { reason.rawValue }

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}

extension CommandError {
  /// Failure for a file that could not be read or written.
  init(_ error: FileAccessError) {
    self.init(error.kind == .tooLarge ? .usage : .failed, error.description)
  }
}
