/// A file of the dashboard.
package struct StaticFile: Sendable {
  /// Name that identifies the file among all files.
  package let name: String
  /// Contents.
  package let bytes: [UInt8]
  /// Value of the `Content-Type` header, such as `text/html; charset=utf-8`.
  package let contentType: String
  /// Whether the path changes with the contents, so that clients may cache the file indefinitely.
  package let isImmutable: Bool

  /// Creates a file.
  package init(name: String, bytes: [UInt8], contentType: String, isImmutable: Bool) {
    self.name = name
    self.bytes = bytes
    self.contentType = contentType
    self.isImmutable = isImmutable
  }
}

/// Pages of the dashboard. They contain no data, and therefore require no login.
package protocol StaticFiles: Sendable {
  /// Returns the file at a path that begins with `/`, such as `/assets/app.js`; nil if there is none.
  func file(at path: String) -> StaticFile?
  /// Returns the HTML document of a page's path, such as `/relays/acme/milan-1`; nil if the path is not a page.
  func page(at path: String) -> StaticFile?
  /// HTML document for paths that do not exist.
  var missing: StaticFile { get }
}
