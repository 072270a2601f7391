import ConfigModel
import Diagnostics

/// An organization must pass its own tests, which hold over all of its relays.
///
/// Keys must not connect also by way of others: a site that two sites may reach can forward packets between them.
enum OrganizationReachability: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization, !unit.incompleteKinds.contains(.key),
      !unit.incompleteKinds.contains(.relay)
    else { return }
    let tests = organization.spec.tests
    guard !(tests.mustConnect.isEmpty && tests.mustNotConnect.isEmpty) else { return }
    let declared = Set(unit.keys.map(\.name))
    let network = ReachableKeys(unit, on: context.day)
    for (row, pair) in tests.mustConnect.enumerated()
    where pair.count == 2 && pair.allSatisfy(declared.contains) && !network.connects(pair[0], pair[1]) {
      report.add(
        .mustConnectFails,
        "`\(pair[0])` and `\(pair[1])` must reach each other, but no running relay of `\(unit.name)` lets them",
        at: organization.place(["spec", "tests", "mustConnect", .index(row)]),
        help: "give both keys a relay, and a rule of its `access` if it has rules, or change the test")
    }
    for (row, pair) in tests.mustNotConnect.enumerated() where pair.count == 2 && pair.allSatisfy(declared.contains) {
      guard let way = network.way(from: pair[0], to: pair[1]), let first = way.first else { continue }
      let between = way.dropLast().map { "`\($0.key)`" }.joined(separator: ", then ")
      report.add(
        .mustNotConnectFails,
        "`\(pair[0])` and `\(pair[1])` must not reach each other, but can "
          + (between.isEmpty ? "through `\(unit.relays[first.relay].name)`" : "by way of \(between)"),
        at: organization.place(["spec", "tests", "mustNotConnect", .index(row)]),
        related: related(way, unit),
        help:
          "change the keys or the `access` rules of \(way.count == 1 ? "the relay" : "one of the relays"), or the test")
    }
  }

  private static func related(_ way: [ReachableKeys.Step], _ unit: OrganizationUnit) -> [Place] {
    var seen: Set<Int> = []
    return way.filter { seen.insert($0.relay).inserted }.prefix(4).map { step in
      let relay = unit.relays[step.relay]
      let field: FieldPath = relay.spec.access == nil ? ["spec", "keys"] : ["spec", "access"]
      return relay.place(field, "it lets `\(step.key)` speak with its neighbour on the way")
    }
  }
}

/// Which keys of an organization reach which, through all of its running relays.
private struct ReachableKeys {
  /// A step of a way: a key, and the relay through which the key before it reaches it.
  struct Step {
    let key: String
    let relay: Int
  }

  /// A class of keys on a relay.
  private struct Place: Hashable {
    let relay: Int
    let accessClass: Int
  }

  private var access: [Int: RelayAccess] = [:]
  private var members: [Place: [String]] = [:]
  private var places: [String: [Place]] = [:]
  private var classes: [Int: [Int]] = [:]

  init(_ unit: OrganizationUnit, on day: CivilDate) {
    for (position, relay) in unit.relays.enumerated() where relay.spec.state == .running {
      let rules = unit.access(ofRelay: position, on: day)
      access[position] = rules
      for key in unit.activeKeys(ofRelay: position, on: day) {
        let place = Place(relay: position, accessClass: rules?.classes[key.name] ?? 0)
        members[place, default: []].append(key.name)
        places[key.name, default: []].append(place)
      }
    }
    for place in members.keys { classes[place.relay, default: []].append(place.accessClass) }
    for relay in classes.keys { classes[relay]?.sort() }
  }

  /// Returns whether a relay lets two keys speak with each other.
  func connects(_ one: String, _ other: String) -> Bool {
    (places[one] ?? []).contains { place in
      (places[other] ?? []).contains { $0.relay == place.relay && permits(place, $0.accessClass) }
    }
  }

  /// Returns the shortest way from one key to another; nil if there is none.
  ///
  /// - Complexity: Linear in the number of keys of all relays. Each class of a relay is entered once.
  func way(from start: String, to end: String) -> [Step]? {
    var cameFrom: [String: (key: String, relay: Int)] = [:]
    var entered: Set<Place> = []
    var line = [start]
    var next = 0
    while next < line.count {
      let key = line[next]
      next += 1
      for place in places[key] ?? [] {
        for other in classes[place.relay] ?? [] where permits(place, other) {
          let target = Place(relay: place.relay, accessClass: other)
          // A class that may speak with itself is entered by its first key, which then knows all others.
          guard entered.insert(target).inserted else { continue }
          for neighbour in members[target] ?? [] where neighbour != start && cameFrom[neighbour] == nil {
            cameFrom[neighbour] = (key, place.relay)
            if neighbour == end { return way(to: end, from: start, cameFrom) }
            line.append(neighbour)
          }
        }
      }
    }
    return nil
  }

  private func permits(_ place: Place, _ other: Int) -> Bool {
    access[place.relay].map { $0.permits(place.accessClass, other) } ?? true
  }

  private func way(
    to end: String, from start: String, _ cameFrom: [String: (key: String, relay: Int)]
  ) -> [Step] {
    var steps: [Step] = []
    var key = end
    while key != start, let step = cameFrom[key] {
      steps.append(Step(key: key, relay: step.relay))
      key = step.key
    }
    return steps.reversed()
  }
}
