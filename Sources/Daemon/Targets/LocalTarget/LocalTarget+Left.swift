import FoundationEssentials
import Glibc

extension RunningProcess {
  /// Waits for a moment, even in a task that was cancelled.
  static func step() async { await Task { try? await Task.sleep(for: .milliseconds(50)) }.value }

  /// Ends the process, by force if it takes longer than three seconds.
  func endInOrder() async {
    signal(SIGTERM)
    for step in 0..<100 {
      if end != nil { return }
      if step == 60 { signal(SIGKILL) }
      await Self.step()
    }
  }
}

extension LocalTarget {
  /// Folder of the records of processes.
  static let records = "processes"

  /// Returns the processes of a relay that run, whichever run of this program started them.
  ///
  /// - Parameter wanted: Names of the sockets of processes to leave out.
  static func left(in folder: String, except wanted: Set<String> = []) -> [RunningProcess] {
    names(in: folder).filter { $0.hasSuffix(".handover") && !wanted.contains($0) }
      .compactMap { RunningProcess(offeringIn: folder, at: $0) }
  }

  /// Ends all processes of a relay, also those that an earlier run left.
  func end(_ region: String, _ namespace: String, _ relay: String) async {
    await Self.stop(processes.removeValue(forKey: "\(region)/\(namespace)/\(relay)") ?? [])
    for process in Self.left(in: relayFolder(region, namespace, relay)) { await process.endInOrder() }
    for name in Self.names(in: "\(folder)/\(Self.records)") where name.hasPrefix("\(region).\(namespace).\(relay).") {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(Self.records)/\(name)")
    }
  }

  /// Ends the relays that an earlier run left in regions that this one does not serve: no revocation would reach them.
  package func endRelays(exceptIn served: Set<String>) async {
    for relay in Self.relays(in: folder) where !served.contains(relay.region) {
      await end(relay.region, relay.namespace, relay.name)
    }
  }

  /// Ends all relays that an earlier run of this program left. Call it only while no other run uses the folder.
  ///
  /// - Parameter folder: Folder of the target.
  /// - Returns: The number of processes.
  package static func endRelays(in folder: String) async -> Int {
    var count = 0
    for relay in relays(in: folder) {
      for process in left(in: relay.folder) {
        await process.endInOrder()
        count += 1
      }
    }
    return count
  }

  /// The relays that have a folder in that of a target.
  private static func relays(in folder: String) -> [(region: String, namespace: String, name: String, folder: String)] {
    names(in: "\(folder)/relays").flatMap { region in
      names(in: "\(folder)/relays/\(region)").flatMap { namespace in
        names(in: "\(folder)/relays/\(region)/\(namespace)").map { name in
          (region, namespace, name, "\(folder)/relays/\(region)/\(namespace)/\(name)")
        }
      }
    }
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
