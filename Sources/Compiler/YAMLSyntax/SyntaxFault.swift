/// A problem reported by libyaml's scanner, in words that say what to do.
struct SyntaxFault {
  let message: String
  let help: String

  init(_ problem: String) {
    (message, help) = Self.known[problem] ?? ("this is not YAML: \(problem)", "check the syntax around this point")
  }

  /// Returns a label for the construct in which the problem was found.
  static func context(_ context: String) -> String {
    guard let what = ["while parsing a ", "while scanning a ", "while scanning an "].first(where: context.hasPrefix)
    else {
      return context
    }
    return "it belongs to the \(context.dropFirst(what.count)) that begins here"
  }

  private static let known: [String: (String, String)] = [
    "mapping values are not allowed in this context": (
      "there is a `:` where no field can begin",
      "quote the text if it contains `: `, or check the indentation"
    ),
    "could not find expected ':'": (
      "a field's name has no `:` after it", "write `name: value`, or quote text that spans lines"
    ),
    "did not find expected key": (
      "the indentation fits none of the lines above", "align the line with its siblings"
    ),
    "did not find expected '-' indicator": (
      "an element of the list has no `-`", "begin it with `- `, or align it with what it belongs to"
    ),
    "did not find expected ',' or '}'": ("a `{` is not closed", "separate fields with `,` and close with `}`"),
    "did not find expected ',' or ']'": ("a `[` is not closed", "separate elements with `,` and close with `]`"),
    "did not find expected node content": ("a value is missing here", "write the value, or remove the punctuation"),
    "did not find expected <document start>": (
      "there is text where a new document must begin", "separate documents with a line `---`"
    ),
    "found unexpected end of stream": ("the file ends inside a quoted text", "close the quotes"),
    "found unexpected document indicator": ("a `---` is inside a quoted text", "close the quotes"),
    "found character that cannot start any token": (
      "no value can begin with this character", "quote the text"
    ),
    "found unknown escape character": (
      "there is no such escape", "write `\\\\` for a backslash, or use single quotes"
    ),
    "block sequence entries are not allowed in this context": (
      "a list cannot begin here", "put it on the next line, below its field"
    ),
    "block mapping keys are not allowed in this context": (
      "a field cannot begin here", "put it on a line of its own"
    ),
    "found undefined tag handle": ("tags (`!name!…`) are not allowed", "remove the tag"),
    "control characters are not allowed": ("a control character is here", "remove it"),
  ]
}
