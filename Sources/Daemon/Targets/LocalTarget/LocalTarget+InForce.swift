package import SyncEngine

extension LocalTarget {
  package func appliedFiles(of relay: DeployedRelay, in region: String) async throws(TargetError) -> AppliedFiles? {
    guard let secret = secret(of: relay, region) else { return nil }
    do {
      return try appliedFiles(secret, of: relay, region)
    } catch {
      throw TargetError(.refused, "the files of relay `\(relay.name)` cannot be declared: \(error)")
    }
  }

  package func instances(
    of relay: DeployedRelay, in region: String
  ) async throws(TargetError) -> [InstanceChannel] {
    var channels: [InstanceChannel] = []
    for process in processes["\(region)/\(relay.namespace)/\(relay.name)"] ?? [] {
      let state = await process.state
      guard let id = state.processID, let address = state.statisticsAddress else { continue }
      channels.append(
        InstanceChannel("process \(id)", start: "\(id)") { request, seconds in
          try await InstanceClient.shared.send(request, to: address, seconds: seconds)
        })
    }
    return channels
  }
}
