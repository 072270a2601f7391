/// How a relay's process ended, or why it did not start.
package enum ProcessEnd: Sendable, Equatable, CustomStringConvertible {
  case signal(Int32)
  /// With the error that it wrote last; nil if there is none.
  case status(Int32, String?)
  case notStarted(String)
  /// Without a status, because an earlier run of this program had started it.
  case unseen(String?)

  package var description: String {
    switch self {
    case .signal(let signal): "killed by signal \(signal)"
    case .status(let status, let words): "ended with status \(status)" + (words.map { ": \($0)" } ?? "")
    case .notStarted(let error): error
    case .unseen(let words): "ended" + (words.map { ": \($0)" } ?? "")
    }
  }
}
