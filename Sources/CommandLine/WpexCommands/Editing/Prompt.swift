/// Questions to a user at a terminal.
enum Prompt {
  /// Asks until the answer is acceptable.
  ///
  /// - Parameters:
  ///   - standard: value of an empty answer; nil if an answer is required.
  ///   - fault: returns why an answer is not acceptable, or nil.
  /// - Throws: `CommandError` if the terminal is closed.
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
