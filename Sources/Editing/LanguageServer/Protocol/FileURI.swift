import TextFormats

/// Conversion between `file:` URIs (RFC 8089) and paths.
package enum FileURI {
  /// Returns the absolute path of a URI; nil for other schemes and hosts.
  package static func path(of uri: String) -> String? {
    let scheme = "file://"
    guard uri.lowercased().hasPrefix(scheme) else { return nil }
    var rest = uri.dropFirst(scheme.count)
    if rest.lowercased().hasPrefix("localhost/") { rest = rest.dropFirst("localhost".count) }
    guard rest.hasPrefix("/") else { return nil }
    let end = rest.firstIndex { $0 == "?" || $0 == "#" } ?? rest.endIndex
    guard let bytes = decode(Array(rest[..<end].utf8)), !bytes.contains(0) else { return nil }
    return normalized(String(decoding: bytes, as: UTF8.self))
  }

  /// Returns the URI of an absolute path.
  package static func uri(of path: String) -> String { "file://" + URLText.path(path) }

  /// Returns a path without `.`, empty components and a trailing `/`; nil if `..` leads above the root.
  private static func normalized(_ path: String) -> String? {
    var parts: [Substring] = []
    for part in path.separated(at: "/") {
      switch part {
      case ".": break
      case "..":
        if parts.isEmpty { return nil }
        parts.removeLast()
      default: parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func decode(_ bytes: [UInt8]) -> [UInt8]? {
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.count, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) else {
          return nil
        }
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return decoded
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
