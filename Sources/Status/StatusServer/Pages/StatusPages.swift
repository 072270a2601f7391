import DashboardAssets
import KeyBundles

/// The pages that a browser shows of the status API: one document, and what it loads.
///
/// The document stands at every address of a page, and names its files by a path that changes with their content, so that
/// a browser keeps them for good and never mixes two releases.
package struct StatusPages: StaticFiles {
  private let files: [String: StaticFile]
  private let document: StaticFile

  /// The folder of the files in the addresses, with the version: `/assets/0f1e2d3c4b5a/`.
  package let folder: String

  private static let lists: Set<String> = [
    "relays", "keys", "orgs", "users", "roles", "topology", "alerts", "audit", "sync", "account", "login",
  ]
  private static let shell = "index.html"

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

  package func file(at path: String) -> StaticFile? { files[path] }

  /// The document, for each path that the pages' own routes know (core/routes.js).
  package func page(at path: String) -> StaticFile? { Self.isPage(path) ? document : nil }

  /// The same document: its routes lead to the page that says so (views/missing.js).
  package var missing: StaticFile { document }

  /// Paths of all files, sorted.
  package var paths: [String] { files.keys.sorted() }

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

  /// What the compiler took in, by its path below the folder of the pages.
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
