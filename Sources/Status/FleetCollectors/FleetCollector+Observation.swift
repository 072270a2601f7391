import RelayWire
import TextFormats
import FleetMonitoring

extension FleetCollector {
  /// Returns the key of an instance in `silences`.
  func key(_ placement: RelayPlacement, _ instance: RelayPlacement.Instance) -> String {
    "\(placement.relay)/\(instance.instance.name)"
  }

  /// Queries every instance of a relay and combines the answers with what the runtime reports.
  ///
  /// - Parameters:
  ///   - placement: the relay in its runtime.
  ///   - runtime: runtime of the relay.
  ///   - problem: why the runtime cannot be queried; nil if it can.
  ///   - withLog: whether to read the log as well.
  func observation(
    of placement: RelayPlacement, _ runtime: any RelayRuntime, problem: StatusText?, withLog: Bool
  ) async -> RelayObservation {
    let instances = await withTaskGroup(of: (Int, RelayInstance).self) { group in
      for (place, instance) in placement.instances.enumerated() {
        group.addTask { (place, await self.ask(instance, self.key(placement, instance))) }
      }
      var asked = placement.instances.map(\.instance)
      for await (place, instance) in group { asked[place] = instance }
      return asked
    }
    var observation = RelayObservation(
      placement.relay, time: now(), phase: placement.phase, detail: placement.detail,
      endpoint: placement.endpoint ?? expected[placement.relay]?.endpoint.map { .known($0) }, instances: instances,
      events: placement.events, port: ports[placement.relay] ?? .unknown, problem: problem)
    if problem != nil {
      // An answer from the relay itself is proof enough that it runs.
      observation.phase = instances.contains { $0.statistics != nil } ? .current : .unknown
    }
    if withLog {
      do {
        observation.logLines = try await Deadline.within(options.timeout) {
          try await runtime.log(of: placement)
        }
      } catch is Deadline.Passed {
        observation.problem = problem ?? StatusText(.logNotRead, ["seconds": .measured(options.timeout)])
      } catch {
        observation.problem = problem ?? StatusText(.logUnreadable, ["error": .string("\(error)")])
      }
    }
    return observation
  }

  private func ask(_ instance: RelayPlacement.Instance, _ key: String) async -> RelayInstance {
    var result = instance.instance
    guard let place = instance.place else { return result }
    if let silence = silences[key], !silence.isDue(at: now(), options) {
      result.answer = .silent(silence.reason)
      return result
    }
    result.answer = await reader.ask(place)
    if case .silent(let reason) = result.answer {
      silences[key, default: PollBackoff()].note(reason, at: now(), options, share: .random(in: 0...1))
    } else {
      silences[key] = nil
    }
    return result
  }

  /// Probes the UDP ports of all relays at intervals, until the task is cancelled.
  func watchPorts() async {
    while !Task.isCancelled {
      let targets = expected.values.compactMap { expectation in
        expectation.isRunning ? expectation.endpoint.map { (expectation.relay, $0) } : nil
      }
      for start in stride(from: 0, to: targets.count, by: PortProbe.batch) {
        guard !Task.isCancelled else { return }
        let batch = targets[start..<min(targets.count, start + PortProbe.batch)]
        let states = await PortProbe.shared.look(batch.map(\.1))
        for (target, state) in zip(batch, states) { ports[target.0] = state }
      }
      try? await Task.sleep(for: .seconds(options.portInterval))
    }
  }
}
