import ConfigModel
import ConfigSchema

/// A new document with all required fields, generated from the schema.
struct DocumentSnippet {
  /// Plain text.
  let plain: String
  /// A snippet in LSP's syntax, with a tab stop for each value.
  let placeholders: String

  /// Names that a new document can refer to.
  struct Names {
    /// The value of `metadata.name`.
    var document: String
    var regions: [String] = []
    var keys: [String] = []
    var roles: [String] = []
    /// Labels that the platform's policy requires, with the permitted values.
    var labels: [(name: String, values: [String])] = []
    /// A free port in the organization's range.
    var port: String?
  }

  init(_ schema: DocumentSchema, _ names: Names) {
    var writer = Writer(names: names)
    writer.write(schema.shape, indent: "", path: [])
    plain = writer.plain
    placeholders = writer.snippet + "$0"
  }

  private struct Writer {
    let names: Names
    var plain = ""
    var snippet = ""
    private var stop = 0

    init(names: Names) { self.names = names }

    mutating func write(_ shape: ObjectShape, indent: String, path: [String], first: String? = nil) {
      var lead = first ?? indent
      let chosen = Set(shape.alternatives.compactMap(\.fields.first))
      for field in shape.fields where field.isRequired || chosen.contains(field.name) {
        append(lead + field.name + ":")
        lead = indent
        write(field, indent: indent, path: path + [field.name])
      }
    }

    private mutating func write(_ field: FieldShape, indent: String, path: [String]) {
      switch field.shape {
      case .object(let object):
        append("\n")
        write(object, indent: indent + "  ", path: path)
        if path == ["metadata"] { writeLabels(indent: indent + "  ") }
      case .list(.object(let object), _):
        append("\n")
        write(object, indent: indent + "    ", path: path, first: indent + "  - ")
      case .list(let element, _):
        append(" [")
        value(field, element, path: path)
        append("]\n")
      default:
        append(" ")
        value(field, field.shape, path: path)
        append("\n")
      }
    }

    private mutating func writeLabels(indent: String) {
      guard !names.labels.isEmpty else { return }
      append(indent + "labels: { ")
      for (index, label) in names.labels.enumerated() {
        append((index > 0 ? ", " : "") + label.name + ": ")
        stop += 1
        choose(label.values, else: "value")
      }
      append(" }\n")
    }

    private mutating func value(_ field: FieldShape, _ shape: Shape, path: [String]) {
      let choices = shape.choices?.map(\.value) ?? []
      // A value without alternatives needs no tab stop.
      if choices.count == 1, let only = choices.first { return append(only) }
      stop += 1
      let example = field.examples.first.map { example in
        example.hasPrefix("[") ? String(example.dropFirst().prefix { $0 != "]" && $0 != "," }) : example
      }
      let fallback = example ?? field.name
      if path == ["metadata", "name"] { return place(names.document) }
      if path == ["spec", "port"] { return place(names.port ?? fallback) }
      if case .string(let string) = shape {
        switch string.reference {
        case .region: return choose(names.regions, else: fallback)
        case .key: return choose(Array(names.keys.prefix(20)), else: fallback)
        case .role: return choose(names.roles, else: fallback)
        case nil: break
        }
      }
      choose(choices, else: fallback)
    }

    private mutating func append(_ text: String) {
      plain += text
      snippet += Self.escaped(text, in: "\\$")
    }

    private mutating func place(_ text: String) {
      plain += text
      snippet += "${\(stop):\(Self.escaped(text, in: "\\$}"))}"
    }

    private mutating func choose(_ choices: [String], else text: String) {
      guard let first = choices.first else { return place(text) }
      plain += first
      snippet += "${\(stop)|\(choices.map { Self.escaped($0, in: "\\$},|") }.joined(separator: ","))|}"
    }

    private static func escaped(_ text: String, in characters: String) -> String {
      text.reduce(into: "") { result, character in
        if characters.contains(character) { result += "\\" }
        result.append(character)
      }
    }
  }
}
