import TextFormats

/// A generator of YAML lines for new values.
struct Fragment {
  /// The number of spaces per indentation level.
  let step: Int

  /// Fields that are conventionally written on one line: labels, quantities, and the two sides of an access rule.
  private static let flowNames: Set<String> = [
    "labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests", "maxDeletions", "between",
  ]
  private static let widest = 90

  /// Returns the lines of `name: value`. The first line starts at column `indent` and has no indentation; the others
  /// are indented.
  func member(_ name: String, _ value: JSON, indent: Int) -> [String] {
    let head = ScalarText.name(name, isInFlow: false) + ":"
    switch value {
    case .object(let members) where !members.isEmpty:
      let text = flow(value)
      if Self.flowNames.contains(name), indent + head.count + text.count < Self.widest { return [head + " " + text] }
      return [head] + indented(self.members(members, indent: indent + step), by: indent + step)
    case .array(let elements) where !elements.isEmpty:
      let text = flow(value)
      let isShort = elements.allSatisfy { !$0.hasParts && $0.text?.count ?? 0 < 50 }
      if isShort || Self.flowNames.contains(name), indent + head.count + text.count < Self.widest {
        return [head + " " + text]
      }
      return [head] + indented(self.elements(elements, indent: indent + step), by: indent + step)
    default:
      guard let text = value.text, ScalarText.isBlock(value) else {
        return [head + " " + ScalarText.text(value, isInFlow: false)]
      }
      return [head + " " + Self.header(of: text)] + Self.lines(of: text, indent: indent + step)
    }
  }

  /// Returns the lines of a mapping's members, the first without indentation.
  func members(_ members: JSON.Members, indent: Int) -> [String] {
    var lines: [String] = []
    for pair in members.pairs {
      let member = member(pair.name, pair.value, indent: indent)
      lines += lines.isEmpty ? member : indented(member, by: indent)
    }
    return lines
  }

  /// Returns the lines of a list's elements, the first without indentation.
  func elements(_ elements: [JSON], indent: Int) -> [String] {
    var lines: [String] = []
    for element in elements {
      var part: [String]
      switch element {
      case .object(let members) where !members.isEmpty: part = self.members(members, indent: indent + 2)
      case .array: part = [flow(element)]
      default: part = [ScalarText.text(element, isInFlow: false)]
      }
      part[0] = "- " + part[0]
      lines += lines.isEmpty ? part : indented(part, by: indent)
    }
    return lines
  }

  /// Returns the value in flow style on one line.
  func flow(_ value: JSON) -> String {
    switch value {
    case .array(let elements): "[" + elements.map { flow($0) }.joined(separator: ", ") + "]"
    case .object(let members) where !members.isEmpty:
      "{ " + members.pairs.map { member($0.name, $0.value) }.joined(separator: ", ") + " }"
    default: ScalarText.text(value, isInFlow: true)
    }
  }

  /// Returns `name: value` in flow style.
  func member(_ name: String, _ value: JSON) -> String { "\(ScalarText.name(name, isInFlow: true)): \(flow(value))" }

  /// Returns the header of a literal block for a text.
  static func header(of text: String) -> String { text.utf8.last == UInt8(ascii: "\n") ? "|" : "|-" }

  /// Returns the lines of a literal block.
  static func lines(of text: String, indent: Int) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines.map { $0.isEmpty ? "" : String(repeating: " ", count: indent) + $0 }
  }

  private func indented(_ lines: [String], by indent: Int) -> [String] {
    guard let first = lines.first else { return lines }
    return [String(repeating: " ", count: indent) + first] + lines.dropFirst()
  }
}

extension JSON {
  var hasParts: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }
}
