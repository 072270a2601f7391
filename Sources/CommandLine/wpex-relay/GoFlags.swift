/// Adapts a command line in the style of Go's `flag` package, in which a Boolean flag may carry its value.
enum GoFlags {
  private static let flags = ["debug", "version"]
  private static let yes = ["1", "t", "T", "TRUE", "true", "True"]
  private static let no = ["0", "f", "F", "FALSE", "false", "False"]

  /// Rewrites `--debug=true` to `--debug`, and omits `--debug=false`. Any other value is kept, for the parser to
  /// reject.
  static func plain(_ arguments: some Sequence<String>) -> [String] {
    arguments.compactMap { argument in
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, flags.contains(where: { parts[0] == "-\($0)" || parts[0] == "--\($0)" }) else {
        return argument
      }
      if yes.contains(parts[1]) { return parts[0] }
      return no.contains(parts[1]) ? nil : argument
    }
  }
}
