/// Comparisons of texts by their bytes. Those of `String` also treat some different bytes as equal.
extension String {
  /// Calls `body` with the bytes of both texts.
  @inline(__always)
  func withBytes<Result>(
    _ other: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    let result = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in body(left, right) }
    }
    if let result = result ?? nil { return result }
    return Array(utf8).withUnsafeBufferPointer { left in
      Array(other.utf8).withUnsafeBufferPointer { right in body(left, right) }
    }
  }

  /// Whether both have the same bytes.
  @inline(__always)
  func hasSameBytes(as other: String) -> Bool {
    // Most comparisons end here: both checks are a few instructions for native texts.
    guard utf8.count == other.utf8.count, self == other else { return false }
    return withBytes(other) { $0.elementsEqual($1) }
  }

  /// Whether the text begins with the bytes of `part`.
  func begins(with part: String) -> Bool {
    guard utf8.count >= part.utf8.count else { return false }
    return withBytes(part) { $0.prefix($1.count).elementsEqual($1) }
  }

  /// Whether the text ends with the bytes of `part`.
  func ends(with part: String) -> Bool {
    guard utf8.count >= part.utf8.count else { return false }
    return withBytes(part) { $0.suffix($1.count).elementsEqual($1) }
  }

  /// Whether the bytes of `part` occur in the text.
  ///
  /// - Complexity: The product of both lengths.
  func hasPart(_ part: String) -> Bool {
    withBytes(part) { bytes, part in
      guard let first = part.first else { return true }
      guard bytes.count >= part.count else { return false }
      for start in 0...(bytes.count - part.count) where bytes[start] == first {
        if bytes[start...].starts(with: part) { return true }
      }
      return false
    }
  }

  /// Number of Unicode scalars.
  var scalarCount: Int {
    utf8.withContiguousStorageIfAvailable { bytes in bytes.reduce(0) { $0 &+ ($1 & 0xC0 == 0x80 ? 0 : 1) } }
      ?? unicodeScalars.count
  }
}
