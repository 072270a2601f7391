/// Questions to somebody at a terminal.
enum Prompt {
  /// Asks until the answer goes.
  ///
  /// - Parameters:
  ///   - standard: what an empty answer means; nil where there must be one.
  ///   - fault: why an answer does not go, or nil.
  /// - Throws: `CommandError` where the terminal is closed instead of an answer.
  static func ask(_ question: String, default standard: String?, fault: (String) -> String?) throws -> String {
    while true {
      Terminal.prompt(question + (standard.map { $0.isEmpty ? ": " : " [\($0)]: " } ?? ": "))
      guard let line = readLine() else {
        Terminal.error("")
        throw CommandError(.usage, "there was no answer, and nothing was written")
      }
      var answer = line[...]
      while answer.first?.isWhitespace == true { answer = answer.dropFirst() }
      while answer.last?.isWhitespace == true { answer = answer.dropLast() }
      let text = answer.isEmpty ? standard ?? "" : String(answer)
      guard let fault = fault(text) else { return text }
      Terminal.error("  \(fault)")
    }
  }
}
