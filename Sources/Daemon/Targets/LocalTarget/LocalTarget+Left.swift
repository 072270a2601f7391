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
  static func left(in folder: String) -> [RunningProcess] {
    names(in: folder).filter { $0.hasSuffix(".handover") }.compactMap { RunningProcess(offeringIn: folder, at: $0) }
  }

  /// Ends all processes of a relay, also those that an earlier run left.
  func end(_ region: String, _ namespace: String, _ relay: String) async {
    await Self.stop(processes.removeValue(forKey: "\(region)/\(namespace)/\(relay)") ?? [])
    for process in Self.left(in: relayFolder(region, namespace, relay)) { await process.endInOrder() }
    for name in Self.names(in: "\(folder)/\(Self.records)") where name.hasPrefix("\(region).\(namespace).\(relay).") {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(Self.records)/\(name)")
    }
  }

  /// Ends all relays that an earlier run of this program left. Call it only while no other run uses the folder.
  ///
  /// - Parameter folder: Folder of the target.
  /// - Returns: The number of processes.
  package static func endRelays(in folder: String) async -> Int {
    var count = 0
    for region in names(in: "\(folder)/relays") {
      for namespace in names(in: "\(folder)/relays/\(region)") {
        for relay in names(in: "\(folder)/relays/\(region)/\(namespace)") {
          for process in left(in: "\(folder)/relays/\(region)/\(namespace)/\(relay)") {
            await process.endInOrder()
            count += 1
          }
        }
      }
    }
    return count
  }

  /// Ends the relays that an earlier run left in regions that this one does not serve: no revocation would reach them.
  package func endRelays(exceptIn served: Set<String>) async {
    for region in Self.names(in: "\(folder)/relays") where !served.contains(region) {
      for namespace in Self.names(in: "\(folder)/relays/\(region)") {
        for relay in Self.names(in: "\(folder)/relays/\(region)/\(namespace)") { await end(region, namespace, relay) }
      }
    }
  }

  /// Ends processes of a relay that an earlier run left and that are not wanted any more.
  static func endLeft(in folder: String, except wanted: Set<String>) async {
    for name in names(in: folder) where name.hasSuffix(".handover") && !wanted.contains(name) {
      await RunningProcess(offeringIn: folder, at: name)?.endInOrder()
    }
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
