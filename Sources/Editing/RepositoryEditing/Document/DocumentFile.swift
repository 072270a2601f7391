package import ConfigModel
package import Diagnostics
package import TextFormats
import YAMLSyntax

/// Operations on files that contain several documents: create, append, remove.
package enum DocumentFile {
  /// Returns the text of a new document. Empty parts of `spec` are omitted.
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

  /// Returns the file with a document appended.
  ///
  /// - Throws: `EditError` if the result would not consist of the file's documents and the new one.
  package static func appending(_ document: [UInt8], to file: SourceFile) throws(EditError) -> SourceFile {
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
      throw EditError(.unsafeText, "no document can be added to `\(file.path)`: name another file with --file")
    }
    return result
  }

  /// Returns the file without one of its documents; nil if it was the only one.
  ///
  /// - Throws: `EditError` if the other documents would change.
  package static func removing(_ index: Int, from file: SourceFile) throws(EditError) -> SourceFile? {
    let parse = YAMLParser.parse(file)
    guard parse.documents.indices.contains(index) else {
      throw EditError(.notFound, "`\(file.path)` has no document \(index + 1)")
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
      // The first document, if it has no `---` of its own, is removed up to and including the next one, but without the
      // file's header comment.
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
      throw EditError(
        .unsafeText, "the document cannot be removed from `\(file.path)` safely: remove it by hand")
    }
    return result
  }

  /// Returns the values of a file's documents; nil if it has syntax errors.
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
    // A block scalar ends at the start of the next line, which may be the separator itself.
    var line = lines.lineStart(offset) == offset ? offset : lines.nextLine(offset)
    while line < lines.bytes.count {
      if isSeparator(line, in: lines) { return line }
      line = lines.nextLine(line)
    }
    return nil
  }

  /// Returns the end of the file's header comment, which a blank line separates from the first document.
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
