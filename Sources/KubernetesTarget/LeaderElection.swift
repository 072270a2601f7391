import FoundationEssentials
package import KubernetesClient
import StructuredText

/// Elects one of several daemons through a Lease (coordination.k8s.io), as client-go does: whoever holds it renews it, and
/// the others take it over when its renewal stands still for its whole length by their own clock.
package actor LeaderElection {
  private let client: KubernetesClient
  private let path: String
  private let collection: String
  private let name: String
  private let identity: String
  /// What was seen last, and when by our own clock: two machines' clocks are never compared.
  private var seen: (version: String, at: ContinuousClock.Instant)?

  private static let length = Duration.seconds(15)
  private static let renewal = Duration.seconds(2)
  /// Seconds for each of the two requests of a renewal.
  private static let requestPatience = 2.0
  /// Leadership is given up when it could not be renewed for so long. The next attempt would end 6 s later, still before
  /// others may take it.
  private static let patience = Duration.seconds(8)

  package init(_ client: KubernetesClient, namespace: String, name: String, identity: String) {
    self.client = client
    self.name = name
    self.identity = identity
    collection = "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases"
    path = "\(collection)/\(name)"
  }

  /// Runs `body` whenever this daemon leads, and cancels it when it leads no more.
  package func run(
    changed: @escaping @Sendable (Bool) async -> Void, _ body: @escaping @Sendable () async -> Void
  ) async {
    while !Task.isCancelled {
      var renewed = ContinuousClock.now
      guard await acquire() else {
        try? await Task.sleep(for: Self.renewal)
        continue
      }
      let work = Task {
        await changed(true)
        await body()
      }
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.renewal)
        if Task.isCancelled { break }
        let begin = ContinuousClock.now
        if await acquire() {
          renewed = begin
        } else if ContinuousClock.now - renewed > Self.patience {
          break
        }
      }
      work.cancel()
      // Asked to end, it finishes what is under way; without the lease, it must not.
      if !Task.isCancelled { client.breakOff() }
      await work.value
      // In a task of its own: this one may have been cancelled.
      if Task.isCancelled { await Task { await release() }.value }
      await changed(false)
    }
  }

  /// Takes or renews the lease.
  private func acquire() async -> Bool {
    guard let answer = try? await client.ask(.get, path, patience: Self.requestPatience) else { return false }
    if answer.status == 404 {
      let made = try? await client.ask(.post, collection, body: lease(nil), patience: Self.requestPatience)
      return made?.status == 201
    }
    guard answer.status == 200, let version = answer.body["metadata"]?["resourceVersion"]?.text else { return false }
    let holder = answer.body["spec"]?["holderIdentity"]?.text ?? ""
    if holder != identity, !holder.isEmpty {
      if seen?.version != version { seen = (version, .now) }
      guard let seen, ContinuousClock.now - seen.at > Self.length else { return false }
    }
    // With the version that was read: of two that take it at once, one is refused.
    let taken = try? await client.ask(.put, path, body: lease(version), patience: Self.requestPatience)
    return taken?.status == 200
  }

  /// Lets the next one in at once.
  private func release() async {
    guard let answer = try? await client.ask(.get, path), answer.status == 200,
      answer.body["spec"]?["holderIdentity"]?.text == identity,
      let version = answer.body["metadata"]?["resourceVersion"]?.text
    else { return }
    _ = try? await client.ask(.put, path, body: lease(version, holder: ""))
  }

  private func lease(_ version: String?, holder: String? = nil) -> JSON {
    var metadata: JSON.Members = ["name": .string(name)]
    if let version { metadata["resourceVersion"] = .string(version) }
    let now = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    // MicroTime wants six digits.
    let time = now.hasSuffix("Z") ? String(now.dropLast()) + "000Z" : now
    return [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": .object(metadata),
      "spec": [
        "holderIdentity": .string(holder ?? identity), "leaseDurationSeconds": 15, "renewTime": .string(time),
        "acquireTime": .string(time),
      ],
    ]
  }
}
