import ConfigModel
import ConfigSchema

/// A new document with every field that must be there, derived from the schema.
struct DocumentSnippet {
  /// Ready to read.
  let plain: String
  /// In the snippet syntax of LSP, with a stop for each value.
  let placeholders: String

  /// - Parameters:
  ///   - name: for `metadata.name`.
  ///   - regions, keys: names that references may use.
  ///   - port: a port of the organization's.
  init(_ schema: DocumentSchema, name: String, regions: [String], keys: [String], port: String?) {
    var writer = Writer(name: name, regions: regions, keys: keys, port: port)
    writer.write(schema.shape, indent: "", path: [])
    plain = writer.plain
    placeholders = writer.snippet + "$0"
  }

  private struct Writer {
    let name: String
    let regions: [String]
    let keys: [String]
    let port: String?
    var plain = ""
    var snippet = ""
    private var stop = 0

    init(name: String, regions: [String], keys: [String], port: String?) {
      self.name = name
      self.regions = regions
      self.keys = keys
      self.port = port
    }

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

    private mutating func value(_ field: FieldShape, _ shape: Shape, path: [String]) {
      let choices = shape.choices?.map(\.value) ?? []
      // What can be written one way only needs no stop.
      if choices.count == 1, let only = choices.first { return append(only) }
      stop += 1
      let example = field.examples.first.map { example in
        example.hasPrefix("[") ? String(example.dropFirst().prefix { $0 != "]" && $0 != "," }) : example
      }
      switch (path, shape) {
      case (["metadata", "name"], _): place(name)
      case (["spec", "port"], _): place(port ?? example ?? field.name)
      case (_, .string(let string)) where string.reference == .region: choose(regions, else: example ?? field.name)
      case (_, .string(let string)) where string.reference == .key:
        choose(Array(keys.prefix(20)), else: example ?? field.name)
      default: choose(choices, else: example ?? field.name)
      }
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
