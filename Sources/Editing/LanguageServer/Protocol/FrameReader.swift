/// A parser that splits a byte stream into message bodies (LSP 3.17, base protocol): a header with `Content-Length`, an
/// empty line, the body. A malformed frame is skipped, and parsing continues after it.
package struct FrameReader: Sendable {
  /// A result of parsing.
  package enum Frame: Sendable, Equatable {
    /// The body of a message.
    case body([UInt8])
    /// A malformed frame, with the reason.
    case fault(String)
  }

  /// Maximum header size in bytes.
  package static let maxHeaderBytes = 4_096
  /// Maximum body size in bytes. Files have at most 1 MiB, and JSON may use six bytes for one.
  package static let maxBodyBytes = 16 << 20

  private enum State { case header, body(Int), skipping(Int) }

  private var state = State.header
  private var buffer: [UInt8] = []
  private var isLost = false

  package init() {}

  /// Parses the next bytes of the stream and returns the frames that they complete.
  package mutating func feed(_ bytes: some Collection<UInt8>) -> [Frame] {
    buffer += bytes
    var frames: [Frame] = []
    var start = 0
    while let next = step(from: &start) { if let frame = next { frames.append(frame) } }
    buffer.removeFirst(start)
    return frames
  }

  /// Performs one step. Returns nil if more bytes are needed, and a nil frame if the step does not complete one.
  private mutating func step(from start: inout Int) -> Frame?? {
    let rest = buffer[start...]
    switch state {
    case .header: return readHeader(rest, &start)
    case .body(let count):
      guard rest.count >= count else { return nil }
      let body = Array(rest.prefix(count))
      start += count
      state = .header
      return .some(.body(body))
    case .skipping(let count):
      guard !rest.isEmpty else { return nil }
      let taken = min(count, rest.count)
      start += taken
      state = taken == count ? .header : .skipping(count - taken)
      return .some(nil)
    }
  }

  private mutating func readHeader(_ rest: ArraySlice<UInt8>, _ start: inout Int) -> Frame?? {
    guard let end = Self.headerEnd(rest) else {
      guard rest.count > Self.maxHeaderBytes else { return nil }
      // Keeps the last three bytes, which may be the start of the empty line that ends the header.
      start = rest.endIndex - 3
      defer { isLost = true }
      return isLost ? nil : .some(.fault("a header of more than \(Self.maxHeaderBytes) bytes"))
    }
    isLost = false
    let header = rest[..<end]
    start = end + 4
    guard let text = Self.contentLength(header) else {
      return .some(.fault("a header without Content-Length"))
    }
    guard let count = Int(text), count >= 0 else {
      return .some(.fault("a Content-Length that is not a number"))
    }
    guard count <= Self.maxBodyBytes else {
      state = .skipping(count)
      return .some(.fault("a message of \(count) bytes; at most \(Self.maxBodyBytes) are accepted"))
    }
    state = .body(count)
    return .some(nil)
  }

  /// Returns the offset of `\r\n\r\n`.
  private static func headerEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return bytes.indices.dropLast(3).first { index in
      bytes[index] == 0x0D && bytes[index + 1] == 0x0A && bytes[index + 2] == 0x0D && bytes[index + 3] == 0x0A
    }
  }

  private static func contentLength(_ header: ArraySlice<UInt8>) -> String? {
    for line in header.split(separator: 0x0A) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, String(decoding: parts[0], as: UTF8.self).lowercased() == "content-length" else {
        continue
      }
      let value = parts[1].filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") && $0 != 0x0D }
      return String(decoding: value, as: UTF8.self)
    }
    return nil
  }
}
