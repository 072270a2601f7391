import FoundationEssentials
import Glibc
import TextFormats

/// Standard output and error: results go to the first, everything about them to the second.
enum Terminal {
  /// A result in a form for programs, as it is.
  static func output(_ text: String, endsLine: Bool = true) { write(text, to: STDOUT_FILENO, endsLine: endsLine) }
  /// A result for people. Names and messages of others may be in it, so what is hidden is shown.
  static func show(_ text: String) { write(text.visibleLines, to: STDOUT_FILENO) }
  /// The same for what is said about a result.
  static func error(_ text: String) { write(text.visibleLines, to: STDERR_FILENO) }
  /// The same for what nobody has to know: `--quiet` leaves it out.
  static func note(_ text: String) { if !isQuiet { error(text) } }
  /// Text with colours of ours, whose parts are visible already.
  static func error(styled text: String) { write(text, to: STDERR_FILENO) }

  /// A question, after which the answer stands on the same line.
  static func prompt(_ text: String) { write(text.visible, to: STDERR_FILENO, endsLine: false) }

  /// Whether colours may be written to standard error (https://no-color.org).
  static var errorHasColor: Bool { hasColor(STDERR_FILENO) }

  /// The same for standard output.
  static var outputHasColor: Bool { hasColor(STDOUT_FILENO) }

  /// Whether results go to a file, and messages to somebody who may look for them there.
  static var isOutputInFile: Bool {
    var status = stat()
    return isatty(STDERR_FILENO) == 1 && fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static let isQuiet =
    (try? CommonOptions(Array(CommandLine.arguments.dropFirst())))?.isQuiet ?? false

  /// Whether somebody can be asked: standard input and error are terminals.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  private static func hasColor(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    if let noColor = environment["NO_COLOR"], !noColor.isEmpty { return false }
    if let force = environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return true }
    return isatty(descriptor) == 1 && environment["TERM"] != "dumb"
  }

  /// Columns of the terminal that reads standard error; 100 where none does.
  static var errorWidth: Int {
    var size = winsize()
    guard isatty(STDERR_FILENO) == 1, ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else {
      return 100
    }
    return Int(size.ws_col)
  }

  private static func write(_ text: String, to descriptor: Int32, endsLine: Bool = true) {
    var bytes = Array(text.utf8)[...]
    if endsLine, bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR {
        // A reader that went away (`wpex … | head`) needs no message; what is lost on a full disk does.
        if errno == EPIPE || descriptor == STDERR_FILENO { return }
        let reason = String(cString: strerror(errno))
        write("error: standard output cannot be written: \(reason)", to: STDERR_FILENO)
        exit(CommandError.Reason.failed.rawValue)
      }
      if written > 0 { bytes = bytes.dropFirst(written) }
    }
  }
}
