package import ConfigModel
import ConfigSchema

/// Candidates for the word at the end of an expression that is being written.
package struct ExpressionCompletion: Sendable {
  /// A word that may be written.
  package struct Item: Sendable, Equatable {
    /// Role of the word.
    package enum Role: Sendable, Equatable { case field, variable, function, value }

    /// The word.
    package let name: String
    /// Text to insert.
    package let text: String
    /// Description, as a phrase.
    package let summary: String
    /// Role of the word.
    package let role: Role
  }

  /// The candidates, also those that do not begin with what is written of the word.
  package private(set) var items: [Item] = []
  /// The part of the word that is written, in bytes.
  package let written: Int

  private let draft: ExpressionDraft

  /// Finds candidates.
  ///
  /// - Parameters:
  ///   - text: The expression up to the cursor.
  ///   - kind: Kind of the documents that it reads; nil if it is not known.
  package init(after text: String, over kind: Kind?) {
    let shape = kind.flatMap { DocumentSchema.named($0.rawValue)?.shape }
    draft = ExpressionDraft(text, shape: shape)
    written = draft.written
    guard !draft.isUnreadable else { return }
    if draft.isInText {
      items = draft.comparedChoices(quoted: false)
    } else if let receiver = draft.receiver {
      items = Self.members(of: receiver)
    } else if draft.expectsOperand {
      items = draft.comparedChoices(quoted: true) + draft.variables + Self.roots(shape) + Self.words
    }
  }

  private static func members(of type: ExpressionType) -> [Item] {
    switch type {
    case .object(let object):
      object.fields.map { Item(name: $0.name, text: $0.name, summary: $0.summary, role: .field) }
    case .text: textFunctions + [size]
    case .list: macros("each element") + [size]
    case .map: macros("each name") + [size]
    case .any: textFunctions + macros("each element or name") + [size]
    case .null, .bool, .number: []
    }
  }

  private static func function(_ name: String, _ summary: String, text: String? = nil) -> Item {
    Item(name: name, text: text ?? name + "(", summary: summary, role: .function)
  }

  private static let size = function("size", "the number of characters, elements or names", text: "size()")
  private static let textFunctions = [
    function("startsWith", "whether the text begins with another"),
    function("endsWith", "whether the text ends with another"),
    function("contains", "whether the text has another in it"),
    function("matches", "whether a pattern of RE2 matches a part of the text"),
  ]

  private static func macros(_ element: String) -> [Item] {
    [
      function("all", "whether a condition holds for \(element)"),
      function("exists", "whether a condition holds for one of them"),
      function("filter", "those for which a condition holds"),
    ]
  }

  private static func roots(_ shape: ObjectShape?) -> [Item] {
    let parts = ["metadata", "spec"].map { name in
      let summary = shape?.fields.first { $0.name == name }?.summary ?? "a part of the document"
      return Item(name: name, text: name, summary: summary, role: .variable)
    }
    return parts + [
      Item(name: "old", text: "old", summary: "the document before the change; null if it is new", role: .variable)
    ]
  }

  private static let words = [
    function("has", "whether the document has a field"),
    function("size", "the number of characters, elements or names"),
    Item(name: "true", text: "true", summary: "the value", role: .value),
    Item(name: "false", text: "false", summary: "the value", role: .value),
    Item(name: "null", text: "null", summary: "the value of `old` for a new document", role: .value),
  ]
}
