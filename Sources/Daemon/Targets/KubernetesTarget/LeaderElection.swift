import ProcessSupport
import FoundationEssentials
package import KubernetesClient
import TextFormats

/// Elects a leader among several daemons through a Lease (coordination.k8s.io), as client-go does. The holder renews
/// it. The others take it over if it has not been renewed for its whole duration, as measured by their own clocks.
package actor LeaderElection {
  private let client: KubernetesClient
  private let path: String
  private let collection: String
  private let name: String
  private let identity: String
  /// The last version seen, and when by our own clock: clocks of two machines are never compared.
  private var seen: (version: String, at: ContinuousClock.Instant)?

  private static let length = Duration.seconds(15)
  private static let renewal = Duration.seconds(2)
  /// Seconds for each of the two requests of a renewal.
  private static let requestTimeout = 2.0
  /// Time without renewal after which leadership is given up. The next attempt would end 6 s later, still before others
  /// may take the lease.
  private static let timeout = Duration.seconds(8)
  /// Time for work in progress to finish when this daemon has to exit, and then time to abort it.
  private static let grace = Duration.seconds(4)
  private static let breaking = Duration.milliseconds(1_500)
  /// Time to abort work in progress when the lease is lost.
  private static let deposing = Duration.seconds(30)
  /// When this daemon became the leader, according to the lease.
  private var acquiredAt: String?

  /// Creates an election.
  ///
  /// - Parameters:
  ///   - client: Client of the API server.
  ///   - namespace: Namespace of the Lease.
  ///   - name: Name of the Lease.
  ///   - identity: Unique name of this daemon.
  package init(_ client: KubernetesClient, namespace: String, name: String, identity: String) {
    self.client = client
    self.name = name
    self.identity = identity
    collection = "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases"
    path = "\(collection)/\(name)"
  }

  /// Runs `body` whenever this daemon leads, and cancels it when it no longer does.
  ///
  /// - Parameters:
  ///   - answered: Called with why the API server could not be asked, or nil if it answered.
  ///   - isWell: Whether `body` makes progress. A leader that does not gives way to another daemon.
  ///   - changed: Called with whether this daemon leads from now on.
  ///   - body: The leader's work.
  /// - Returns: True once the task is cancelled and `body` has ended. False if `body` did not end although this daemon
  ///   no longer leads: this process must then not lead again.
  package func run(
    answered: @escaping @Sendable (String?) async -> Void = { _ in },
    isWell: @escaping @Sendable () -> Bool = { true }, changed: @escaping @Sendable (Bool) async -> Void,
    _ body: @escaping @Sendable () async -> Void
  ) async -> Bool {
    while !Task.isCancelled {
      var renewed = ContinuousClock.now
      guard await acquire(answered) else {
        try? await Task.sleep(for: Self.renewal)
        continue
      }
      let work = Task {
        await changed(true)
        await body()
      }
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.renewal)
        if Task.isCancelled || !isWell() { break }
        let begin = ContinuousClock.now
        if await acquire(answered) {
          renewed = begin
        } else if ContinuousClock.now - renewed > Self.timeout {
          break
        }
      }
      work.cancel()
      // When asked to exit, the daemon finishes work in progress; without the lease, it must not.
      var hasEnded = false
      if Task.isCancelled { hasEnded = await BoundedWait.end(of: work, within: Self.grace) }
      if !hasEnded {
        client.breakOff()
        hasEnded = await BoundedWait.end(of: work, within: Task.isCancelled ? Self.breaking : Self.deposing)
      }
      // Work that hangs must not go on without the lease, which then runs out by itself.
      if hasEnded {
        client.resume()
        // A separate task, because this one may have been cancelled.
        if Task.isCancelled { await Task { await release() }.value }
      }
      acquiredAt = nil
      await changed(false)
      if !hasEnded { return false }
    }
    return true
  }

  /// Takes or renews the lease.
  ///
  /// - Returns: Whether this daemon holds the lease.
  private func acquire(_ answered: @Sendable (String?) async -> Void) async -> Bool {
    let answer: KubernetesClient.Answer
    do {
      answer = try await client.ask(.get, path, timeout: Self.requestTimeout)
      await answered(nil)
    } catch {
      await answered(error.description)
      return false
    }
    if answer.status == 404 {
      let made = try? await client.ask(.post, collection, body: lease(nil), timeout: Self.requestTimeout)
      return made?.status == 201
    }
    guard answer.status == 200, let version = answer.body["metadata"]?["resourceVersion"]?.text else { return false }
    let holder = answer.body["spec"]?["holderIdentity"]?.text ?? ""
    // A renewal keeps the time at which the leadership began.
    if holder == identity, acquiredAt == nil { acquiredAt = answer.body["spec"]?["acquireTime"]?.text }
    if holder != identity { acquiredAt = nil }
    if holder != identity, !holder.isEmpty {
      if seen?.version != version { seen = (version, .now) }
      guard let seen, ContinuousClock.now - seen.at > Self.length else { return false }
    }
    // The request names the version that was read: if two daemons try at the same time, one is refused.
    let taken = try? await client.ask(
      .put, path, body: lease(version, since: acquiredAt), timeout: Self.requestTimeout)
    return taken?.status == 200
  }

  /// Releases the lease, so that another daemon can take it at once.
  private func release() async {
    guard let answer = try? await client.ask(.get, path, timeout: 1), answer.status == 200,
      answer.body["spec"]?["holderIdentity"]?.text == identity,
      let version = answer.body["metadata"]?["resourceVersion"]?.text
    else { return }
    _ = try? await client.ask(.put, path, body: lease(version, holder: ""), timeout: 1)
  }

  private func lease(_ version: String?, holder: String? = nil, since: String? = nil) -> JSON {
    var metadata: JSON.Members = ["name": .string(name)]
    if let version { metadata["resourceVersion"] = .string(version) }
    let now = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    // MicroTime requires six digits.
    let time = now.hasSuffix("Z") ? String(now.dropLast()) + "000Z" : now
    return [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": .object(metadata),
      "spec": [
        "holderIdentity": .string(holder ?? identity), "leaseDurationSeconds": 15, "renewTime": .string(time),
        "acquireTime": .string(since ?? time),
      ],
    ]
  }
}
