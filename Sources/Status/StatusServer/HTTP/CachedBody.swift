import CZlib
import HTTPTypes
import KeyBundles
import NIOCore

/// A response body with its compressed form and entity tag, built once and sent many times.
final class CachedBody: Sendable {
  /// The body.
  let bytes: ByteBuffer
  /// Gzip form; nil if the body is small or hardly compressible.
  let compressed: ByteBuffer?
  /// Entity tag without quotation marks, a digest of the body.
  let tag: String
  /// Value of the `Content-Type` header.
  let contentType: String

  /// Size from which compression is attempted, in bytes.
  private static let smallest = 1_024

  init(_ body: [UInt8], contentType: String) {
    bytes = ByteBuffer(bytes: body)
    tag = String(((try? SHA256Digest.hex(of: body)) ?? "").prefix(32))
    self.contentType = contentType
    compressed = body.count >= Self.smallest ? Self.gzip(body).map { ByteBuffer(bytes: $0) } : nil
  }

  /// Memory used, in bytes.
  var size: Int { bytes.readableBytes + (compressed?.readableBytes ?? 0) }

  private static func gzip(_ body: [UInt8]) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: body.count)
    let count = wpex_gzip(body, body.count, &output, output.count)
    return count > 0 && count < body.count * 9 / 10 ? Array(output.prefix(count)) : nil
  }

  /// Returns whether an `If-None-Match` header names this body, compressed or not (RFC 9110, section 13.1.2).
  func matches(_ header: String?) -> Bool {
    guard let header else { return false }
    if header == "*" { return true }
    return header.split(separator: ",").contains { part in
      var name = part.filter { $0 != " " && $0 != "\t" }[...]
      if name.hasPrefix("W/") { name = name.dropFirst(2) }
      return name == "\"\(tag)\"" || name == "\"\(tag)-gzip\""
    }
  }

  /// Returns whether an `Accept-Encoding` header permits gzip.
  static func acceptsGzip(_ header: String?) -> Bool {
    guard let header else { return false }
    return header.split(separator: ",").contains { part in
      let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard let coding = pieces.first, coding == "gzip" || coding == "*" else { return false }
      return !pieces.dropFirst().contains { $0.hasPrefix("q=0") && !$0.contains { ("1"..."9").contains($0) } }
    }
  }
}
