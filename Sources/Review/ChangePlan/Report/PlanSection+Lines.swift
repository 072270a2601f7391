import ConfigModel
import DeploymentPlanning

extension AccessChange {
  var line: PlanSection.Line {
    let pair: Sentence = "relay \(relay)"
    return switch operation {
    case .gained: .init(.added, "key \(key) of \(org) gains \(pair) (\(newFingerprint ?? ""))")
    case .lost: .init(.removed, "key \(key) of \(org) loses \(pair) (\(oldFingerprint ?? ""))")
    case .replaced:
      .init(
        .changed,
        "key \(key) of \(org) has new key material at \(pair): \(oldFingerprint ?? "") → \(newFingerprint ?? "")")
    }
  }
}

extension PairChange.Operation {
  var sign: PlanSection.Sign { self == .gained ? .added : .removed }
  var words: String { self == .gained ? "can reach each other now" : "can no longer reach each other" }
}

extension PairChange {
  var lines: [PlanSection.Line] {
    let named = pairs.map { pair -> PlanSection.Line in
      .init(
        operation.sign,
        "\(pair[0]) and \(pair[1]) of \(org) \(words: operation.words) through relay \(relay)")
    }
    guard count > pairs.count else { return named }
    return named + [.init(.detail, "and \(count - pairs.count, "more pair") of relay \(relay)")]
  }
}

extension RightsChange {
  var lines: [PlanSection.Line] {
    let place: Sentence = org.map { " in \($0)" } ?? " everywhere"
    func line(_ sign: PlanSection.Sign, _ verb: String, _ permissions: [Permission]) -> PlanSection.Line? {
      guard !permissions.isEmpty else { return nil }
      let list = permissions.map(\.rawValue).joined(separator: ", ")
      return .init(sign, "user \(user) \(words: verb) \(list)\(place)")
    }
    return [line(.added, "gains", gained), line(.removed, "loses", lost)].compactMap(\.self)
  }
}

extension EndpointChange {
  var line: PlanSection.Line {
    let who: Sentence =
      peers.isEmpty ? "no peer" : "\(peers.count, "peer") (\(peers.joined(separator: ", ")))"
    return .init(.warning, "relay \(relay) of \(org): \(who) must change the endpoint from \(old) to \(new)")
  }
}

extension PodSecurityChange {
  var line: PlanSection.Line {
    let reason: Sentence = hostPorts.isEmpty ? "no host ports" : "host ports of \(hostPorts.joined(separator: ", "))"
    let held: Sentence = isHeld ? " (held)" : ""
    return .init(.warning, "\(region): namespace \(namespace) becomes Pod Security \(words: new): \(reason)\(held)")
  }
}

extension RelayChange.Effect {
  var sign: PlanSection.Sign {
    switch self {
    case .starts, .joins: .added
    case .stops, .removed: .removed
    case .leaves: .warning
    case .moves, .restarts: .warning
    case .rescales, .reloads, .unaffected: .changed
    }
  }

  /// The effect on pods and sessions, as a phrase.
  package var sentence: String {
    switch self {
    case .starts: "pods start"
    case .stops: "pods stop, and its sessions end"
    case .removed: "removed, and its sessions end"
    case .moves: "moves: new pods, and peers make new handshakes"
    case .joins: "joins: pods start here too, and sites can use this region; tunnels stay"
    case .leaves: "leaves: pods stop here, and sites that use this region must use another one"
    case .restarts: "pods restart, and peers make new handshakes"
    case .rescales: "pods are added or removed; the others keep running"
    case .reloads: "reloads; pods stay, and so do sessions of remaining keys"
    case .unaffected: "pods and sessions stay"
    }
  }

  func words(isOne: Bool) -> String {
    switch self {
    case .starts: isOne ? "starts" : "start"
    case .stops: isOne ? "stops" : "stop"
    case .removed: isOne ? "is removed" : "are removed"
    case .moves: isOne ? "moves" : "move"
    case .joins: isOne ? "gains a region" : "gain a region"
    case .leaves: isOne ? "loses a region" : "lose a region"
    case .restarts: isOne ? "restarts its pods" : "restart their pods"
    case .rescales: isOne ? "changes its number of pods" : "change their number of pods"
    case .reloads: isOne ? "reloads; sessions stay" : "reload; sessions stay"
    case .unaffected: isOne ? "stays" : "stay"
    }
  }
}

extension DeclaredChange {
  var sign: PlanSection.Sign {
    switch operation {
    case .added: .added
    case .changed: .changed
    case .removed: .removed
    }
  }

  var verb: String { operation.rawValue }

  /// Lines with the document's position and each changed field.
  var lines: [PlanSection.Line] {
    let place: [PlanSection.Line] = [.init(.detail, "\("\(path):\(line)")")]
    // A removed document has no fields worth listing.
    if operation == .removed { return place }
    return place
      + fields.map { field in
        switch (field.old, field.new) {
        case (let old?, let new?): .init(.detail, "\(words: field.path): \(old) → \(new)")
        case (nil, let new?): .init(.detail, "\(words: field.path): \(new)")
        case (let old?, nil): .init(.detail, "\(words: field.path): \(old) → nothing")
        case (nil, nil): .init(.detail, "\(words: field.path)")
        }
      }
  }
}

extension SyncPlan.Step {
  func line(isHeld: Bool) -> PlanSection.Line {
    let sign: PlanSection.Sign =
      switch action {
      case .create: .added
      case .update: .changed
      case .delete: .removed
      }
    let held: Sentence = isHeld ? " (held)" : ""
    return .init(sign, "\(words: action.rawValue) \(id.description)\(held)")
  }
}
