import Synchronization

/// Compressed files of the pages, one entry per file however many paths lead to it.
final class FileCache: Sendable {
  private let bodies = Mutex<[String: CachedBody]>([:])

  /// Returns the body of a file, building it on first use.
  func body(of file: StaticFile) -> CachedBody {
    if let known = bodies.withLock({ $0[file.name] }) { return known }
    let body = CachedBody(file.bytes, contentType: file.contentType)
    bodies.withLock { $0[file.name] = body }
    return body
  }

  /// Number of files held.
  var count: Int { bodies.withLock { $0.count } }
}
