import Synchronization

/// Files of pages, compressed once.
final class FileCache: Sendable {
  private let bodies = Mutex<[String: CachedBody]>([:])
  /// Pages share few files; more paths than this are somebody's play.
  private static let most = 1_024

  func body(of file: StaticFile, at path: String) -> CachedBody {
    if let known = bodies.withLock({ $0[path] }) { return known }
    let body = CachedBody(file.bytes, contentType: file.contentType)
    bodies.withLock { bodies in
      if bodies.count >= Self.most { bodies = [:] }
      bodies[path] = body
    }
    return body
  }
}
