/// A file that a browser loads.
package struct StaticFile: Sendable {
  /// Of all files that there are, this one.
  package let name: String
  package let bytes: [UInt8]
  /// With its parameters, such as `text/html; charset=utf-8`.
  package let contentType: String
  /// Whether its path changes with its content, so that it need never be asked for again.
  package let isImmutable: Bool

  package init(name: String, bytes: [UInt8], contentType: String, isImmutable: Bool) {
    self.name = name
    self.bytes = bytes
    self.contentType = contentType
    self.isImmutable = isImmutable
  }
}

/// The pages. They hold nothing of anybody, and so need no login.
package protocol StaticFiles: Sendable {
  /// The file at a path that begins with `/`, such as `/assets/app.js`; nil where there is none.
  func file(at path: String) -> StaticFile?
  /// The document of a page's path, such as `/relays/acme/milan-1`; nil where it is not a page.
  func page(at path: String) -> StaticFile?
  /// The document of an address that is not a page's: it says so.
  var missing: StaticFile { get }
}
