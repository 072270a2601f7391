import KubernetesClient
import TextFormats

/// Keeps what is known of a kind's objects up to date: a list, then a watch from where it ended, anew whenever that breaks.
struct ObjectFollower: Sendable {
  let client: KubernetesClient
  let path: String
  let labels: String

  private static let longestPause = 30.0

  /// Runs until the task is cancelled.
  ///
  /// - Parameters:
  ///   - problem: told why objects cannot be followed, and nil when they are again.
  ///   - listed: given all objects, instead of all that were known.
  ///   - changed: given an object, and whether it is gone.
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
          // A connection that ends at once must not be asked for without a pause.
          if ContinuousClock.now - begin < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
        }
      } catch {
        guard !Task.isCancelled else { return }
        problem("\(error)")
      }
      try? await Task.sleep(for: .seconds(pause * .random(in: 0.75...1.25)))
      pause = min(Self.longestPause, pause * 2)
    }
  }
}
