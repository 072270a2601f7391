import FoundationEssentials
import Glibc
import TextFormats

/// Standard output, for results, and standard error, for messages about them.
enum Terminal {
  /// Writes a result for programs, unchanged.
  static func output(_ text: String, endsLine: Bool = true) { write(text, to: STDOUT_FILENO, endsLine: endsLine) }
  /// Writes a result for people. It may contain text from tenants, so invisible characters are made visible.
  static func show(_ text: String) { write(text.visibleLines, to: STDOUT_FILENO) }
  /// Writes a message to standard error, with invisible characters made visible.
  static func error(_ text: String) { write(text.visibleLines, to: STDERR_FILENO) }
  /// Writes an optional message, which `--quiet` suppresses.
  static func note(_ text: String) { if !isQuiet { error(text) } }
  /// Writes text with colour codes; the caller has made its parts visible.
  static func error(styled text: String) { write(text, to: STDERR_FILENO) }

  /// Writes a question without a line break, so that the answer follows on the same line.
  static func prompt(_ text: String) { write(text.visible, to: STDERR_FILENO, endsLine: false) }

  /// Whether standard error accepts colours (https://no-color.org).
  static var errorHasColor: Bool { hasColor(STDERR_FILENO) }

  /// Whether standard output accepts colours.
  static var outputHasColor: Bool { hasColor(STDOUT_FILENO) }

  /// Whether results go to a file while messages go to a terminal: users may expect the messages in the file.
  static var isOutputInFile: Bool {
    var status = stat()
    return isatty(STDERR_FILENO) == 1 && fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static let isQuiet =
    (try? CommonOptions(Array(CommandLine.arguments.dropFirst())))?.isQuiet ?? false

  /// Whether a user can be asked: standard input and error are terminals.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  private static func hasColor(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    if let noColor = environment["NO_COLOR"], !noColor.isEmpty { return false }
    if let force = environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return true }
    return isatty(descriptor) == 1 && environment["TERM"] != "dumb"
  }

  /// Width in columns of the terminal on standard error; 100 if it is not a terminal.
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
        // A closed pipe (`wpex … | head`) needs no message; data lost on a full disk does.
        if errno == EPIPE || descriptor == STDERR_FILENO { return }
        let reason = String(cString: strerror(errno))
        write("error: standard output cannot be written: \(reason)", to: STDERR_FILENO)
        exit(CommandError.Reason.failed.rawValue)
      }
      if written > 0 { bytes = bytes.dropFirst(written) }
    }
  }
}
