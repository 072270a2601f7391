import CRelaySockets
import Glibc

/// Starts a detached thread that runs `body`.
///
/// - Parameters:
///   - name: At most 15 bytes, as shown by `top -H`.
///   - body: Body of the thread.
/// - Throws: `RelayServerError` if the thread cannot be started.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) throws(RelayServerError) {
  final class Box: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(name, body))
  let status = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
      relay_name_thread(box.name)
      box.body()
      return nil
    }, box.toOpaque())
  guard status == 0 else {
    box.release()
    throw RelayServerError(.system, "cannot start a thread: \(Files.reason(status))")
  }
  pthread_detach(thread)
}
