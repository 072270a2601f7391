package import ConfigModel
package import Diagnostics
package import TextFormats
import YAMLSyntax

/// Files as sequences of documents: new ones, appended ones, removed ones.
package enum DocumentFile {
  /// The text of a new document. Empty parts of `spec` are left out.
  package static func text(
    _ kind: Kind, name: String, labels: [(name: String, value: String)] = [], spec: JSON.Members
  ) -> [UInt8] {
    var metadata: JSON.Members = ["name": .string(name)]
    if !labels.isEmpty {
      metadata["labels"] = .object(JSON.Members(labels.map { (name: $0.name, value: .string($0.value)) }))
    }
    let document: JSON.Members = [
      "apiVersion": .string(languageVersion), "kind": .string(kind.rawValue), "metadata": .object(metadata),
      "spec": .object(spec),
    ]
    return Array((Fragment(step: 2).members(document, indent: 0).joined(separator: "\n") + "\n").utf8)
  }

  /// The file with a document more at its end.
  ///
  /// - Throws: `EditRefusal` where the file then would not say what it said and the document after it.
  package static func appending(_ document: [UInt8], to file: SourceFile) throws(EditRefusal) -> SourceFile {
    let lines = TextLines(file.bytes)
    var bytes = file.bytes
    let isEmpty = lines.trimmedEnd(bytes.count, limit: lines.start) == lines.start
    if !isEmpty {
      if bytes.last != UInt8(ascii: "\n") { bytes += lines.lineBreak }
      bytes += Array("---".utf8) + lines.lineBreak
    }
    for byte in document { bytes += byte == UInt8(ascii: "\n") ? lines.lineBreak : [byte] }
    let result = SourceFile(path: file.path, bytes: bytes)
    let new = values(SourceFile(path: file.path, bytes: document))
    guard let before = values(file), let new, values(result) == before + new else {
      throw EditRefusal(.unsafeText, "no document can be added to `\(file.path)`: name another file with --file")
    }
    return result
  }

  /// The file without one of its documents; nil where it was the only one.
  ///
  /// - Throws: `EditRefusal` where the others then would not say what they said.
  package static func removing(_ index: Int, from file: SourceFile) throws(EditRefusal) -> SourceFile? {
    let parse = YAMLParser.parse(file)
    guard parse.documents.indices.contains(index) else {
      throw EditRefusal(.notFound, "`\(file.path)` has no document \(index + 1)")
    }
    guard parse.documents.count > 1 else { return nil }
    let lines = TextLines(file.bytes)
    let document = parse.documents[index]
    let next = separator(after: Int(document.root.range.end), in: lines)
    let start = Int(document.range.start)
    var range: Range<Int>
    if isSeparator(start, in: lines) {
      range = start..<(next ?? lines.bytes.count)
    } else {
      // The first document without a `---` of its own goes with the one that ends it, but not with the file's head.
      range =
        headEnd(in: lines, before: Int(document.root.range.start))..<(next.map(lines.nextLine) ?? lines.bytes.count)
    }
    if next == nil, range.lowerBound > lines.start, file.bytes.last != UInt8(ascii: "\n") {
      range = lines.lineEnd(lines.lineStart(range.lowerBound - 1))..<range.upperBound
    }
    var bytes = file.bytes
    bytes.removeSubrange(range)
    let result = SourceFile(path: file.path, bytes: bytes)
    var expected = parse.documents.map(\.root.value.canonical)
    expected.remove(at: index)
    guard values(result) == expected else {
      throw EditRefusal(
        .unsafeText, "the document cannot be taken out of `\(file.path)` safely: remove it by hand")
    }
    return result
  }

  /// What the documents of a file say; nil where it has errors.
  static func values(_ file: SourceFile) -> [JSON]? {
    let parse = YAMLParser.parse(file)
    guard !parse.diagnostics.contains(where: { $0.severity == .error }) else { return nil }
    return parse.documents.map(\.root.value.canonical)
  }

  private static func isSeparator(_ offset: Int, in lines: TextLines) -> Bool {
    guard offset + 3 <= lines.bytes.count, lines.bytes[offset..<offset + 3].elementsEqual("---".utf8) else {
      return false
    }
    return offset + 3 == lines.bytes.count || [0x20, 0x09, 0x0A, 0x0D].contains(lines.bytes[offset + 3])
  }

  private static func separator(after offset: Int, in lines: TextLines) -> Int? {
    // A block scalar ends where the next line begins, which may be the separator itself.
    var line = lines.lineStart(offset) == offset ? offset : lines.nextLine(offset)
    while line < lines.bytes.count {
      if isSeparator(line, in: lines) { return line }
      line = lines.nextLine(line)
    }
    return nil
  }

  /// The end of the comment that heads a file: one that a blank line parts from the first document.
  private static func headEnd(in lines: TextLines, before root: Int) -> Int {
    var end = lines.start
    var line = lines.start
    var hasComment = false
    while line < root {
      let first = lines.skippingSpaces(line)
      if first == lines.lineEnd(first) {
        if hasComment { end = lines.nextLine(line) }
      } else if lines.byte(first) == UInt8(ascii: "#") {
        hasComment = true
      } else {
        break
      }
      line = lines.nextLine(line)
    }
    return end
  }
}
