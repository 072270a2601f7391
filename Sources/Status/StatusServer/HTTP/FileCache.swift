import Synchronization

/// Files of pages, compressed once: as many as there are files, at however many paths.
final class FileCache: Sendable {
  private let bodies = Mutex<[String: CachedBody]>([:])

  func body(of file: StaticFile) -> CachedBody {
    if let known = bodies.withLock({ $0[file.name] }) { return known }
    let body = CachedBody(file.bytes, contentType: file.contentType)
    bodies.withLock { $0[file.name] = body }
    return body
  }

  var count: Int { bodies.withLock { $0.count } }
}
