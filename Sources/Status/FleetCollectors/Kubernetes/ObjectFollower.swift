import KubernetesClient
import TextFormats

/// Keeps the objects of a resource up to date: a list, then a watch from where the list ended, repeated whenever the
/// watch breaks.
struct ObjectFollower: Sendable {
  /// Client for the API server.
  let client: KubernetesClient
  /// Path of the resource.
  let path: String
  /// Label selector; empty for all objects.
  let labels: String

  /// Longest pause after a failure, in seconds.
  private static let maxPause = 30.0

  /// Runs until the task is cancelled.
  ///
  /// - Parameters:
  ///   - problem: called with the reason if objects cannot be watched, and with nil once they can be again.
  ///   - listed: called with all objects, which replace those known before.
  ///   - changed: called with an object, and whether it was deleted.
  func run(
    problem: @Sendable (String?) -> Void, listed: @Sendable ([JSON]) -> Void,
    changed: @escaping @Sendable (JSON, Bool) -> Void
  ) async {
    var pause = 1.0
    while !Task.isCancelled {
      do {
        let list = try await client.list(path, labels: labels) { $0 }
        listed(list.items)
        problem(nil)
        pause = 1
        var version: String? = list.resourceVersion
        while let from = version, !from.isEmpty, !Task.isCancelled {
          let begin = ContinuousClock.now
          version = try await client.watch(path, labels: labels, from: from) { type, object in
            changed(object, type == "DELETED")
          }
          // Do not reconnect in a tight loop if connections end at once.
          if ContinuousClock.now - begin < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
        }
      } catch {
        guard !Task.isCancelled else { return }
        problem("\(error)")
      }
      try? await Task.sleep(for: .seconds(pause * .random(in: 0.75...1.25)))
      pause = min(Self.maxPause, pause * 2)
    }
  }
}
