import COpenSSL

/// An unambiguous encoding of a label and a list of fields.
enum Framing {
  /// Returns the label and then each field, each as its length in bytes (8 bytes, big-endian) followed by its bytes.
  static func bytes(label: String, fields: [[UInt8]]) -> [UInt8] {
    var framed: [UInt8] = []
    for field in [Array(label.utf8)] + fields {
      withUnsafeBytes(of: UInt64(field.count).bigEndian) { framed.append(contentsOf: $0) }
      framed.append(contentsOf: field)
    }
    return framed
  }
}
