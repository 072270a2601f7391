import DashboardAssets
import KeyBundles

/// Pages for browsers that show the status API: one document and the files that it loads.
///
/// The server returns the document for the address of every page. The document names its files by a path that changes
/// with their contents, so that browsers may cache them forever and never mix two releases.
package struct StatusPages: StaticFiles {
  private let files: [String: StaticFile]
  private let document: StaticFile

  /// URL path of the files' folder, which contains their version: `/assets/0f1e2d3c4b5a/`.
  package let folder: String

  private static let lists: Set<String> = [
    "relays", "keys", "orgs", "users", "roles", "topology", "alerts", "audit", "sync", "account", "login",
  ]
  private static let shell = "index.html"

  /// Reads the embedded files and computes their version, the first 12 hexadecimal digits of a SHA-256 of all of them.
  ///
  /// - Throws: `KeyBundleError` if OpenSSL cannot compute the digest.
  package init() throws {
    let embedded = Self.embedded()
    var digest: [UInt8] = []
    for (path, file) in embedded.sorted(by: { $0.key < $1.key }) {
      digest += Array(path.utf8) + (try SHA256Digest.bytes(of: file.bytes))
    }
    let version = String(try SHA256Digest.hex(of: digest).prefix(12))
    folder = "/assets/\(version)/"
    var files: [String: StaticFile] = [:]
    for (path, file) in embedded where path != Self.shell { files[folder + path] = file }
    self.files = files
    let text = String(decoding: embedded[Self.shell]?.bytes ?? [], as: UTF8.self)
    document = StaticFile(
      name: Self.shell,
      bytes: Array(
        text.split(separator: "@VERSION@", omittingEmptySubsequences: false).joined(separator: version).utf8),
      contentType: "text/html; charset=utf-8", isImmutable: false)
  }

  /// The file at a URL path below `folder`; nil if there is none.
  package func file(at path: String) -> StaticFile? { files[path] }

  /// The document, if the pages have a route for the path (core/routes.js); nil if they have none.
  package func page(at path: String) -> StaticFile? { Self.isPage(path) ? document : nil }

  /// The document again: its router shows the page for unknown addresses (views/missing.js).
  package var missing: StaticFile { document }

  /// URL paths of all files, sorted.
  package var paths: [String] { files.keys.sorted() }

  /// Whether the pages have a route for a path. Mirrors core/routes.js.
  static func isPage(_ path: String) -> Bool {
    guard path.hasPrefix("/") else { return false }
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts == [""] { return true }
    guard let first = parts.first, !parts.contains("") else { return false }
    switch parts.count {
    case 1: return lists.contains(first)
    case 2: return first == "orgs"
    case 3: return first == "relays" || first == "keys"
    default: return false
    }
  }

  /// Files that `#embed` put into the program, by their path below the folder of the pages.
  private static func embedded() -> [String: StaticFile] {
    var files: [String: StaticFile] = [:]
    for place in 0..<status_page_count() {
      guard let file = status_page_at(place)?.pointee else { continue }
      let path = String(cString: file.path)
      files[path] = StaticFile(
        name: path, bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.length)),
        contentType: String(cString: file.content_type), isImmutable: true)
    }
    return files
  }
}
