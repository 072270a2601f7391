import FleetMonitoring
import TextFormats

/// Processes of a relay that share what they know, as they are shown.
struct MembersView: Sendable {
  let members: RelayMembers
  let disagreeingSince: Double?

  /// Creates the view of a relay's members; nil if it has no cluster.
  init?(_ record: RelayRecord) {
    guard let members = record.members else { return nil }
    self.members = members
    disagreeingSince = record.disagreeingSince
  }

  static let view = ObjectView<MembersView>(
    "Members", "Processes of a relay that share what they know", org: { _ in nil }
  ) { view in
    view.integer("ready", "how many serve peers") { $0.members.ready }
    view.integer("expected", "how many are declared") { $0.members.expected }
    view.add(
      "agree", .nullable(.boolean),
      "whether those that reach each other have the same records of sessions and homes; null if none reaches another"
    ) { shown, _ in shown.members.agrees.map { .bool($0) } ?? .null }
    view.time("disagreeingSince", "since when they do not agree; null if they do") { $0.disagreeingSince }
    view.integer("lost", "how many were lost without a goodbye within the last hour, whether they are back or not") {
      $0.members.lost
    }
    view.objects("items", RelayMembers.Member.view, "each process") { shown, _ in shown.members.items }
  }
}

extension RelayMembers.Member {
  static let view = ObjectView<RelayMembers.Member>("Member", "A process of a relay", org: { _ in nil }) { view in
    view.optionalText("number", "its number among the members, another one for each start; null if it never answered") {
      $0.number
    }
    view.optionalObject(
      "instance", RelayInstance.Identity.view, "its pod or process; null if only other members know it"
    ) { member, _ in member.process }
    view.choice(
      "state",
      "`ready`; `joining` while it starts or copies what the others know; `suspect` if most of them do not hear it; `lost` "
        + "if nobody does"
    ) { $0.state }
    view.number("roundTripMilliseconds", "from other members to it and back, the longest") { $0.roundTripMilliseconds }
    view.optionalInteger("homes", "addresses of peers that are at home there") { $0.homes }
    view.add(
      "agrees", .nullable(.boolean),
      "whether it and the members that it reaches have the same records; null if it reaches none"
    ) { member, _ in member.agrees.map { .bool($0) } ?? .null }
  }
}

extension RelayInstance.Identity {
  /// Kinds of instance in the API.
  enum KindName: String, CaseIterable, Sendable { case pod, process }

  static let view = ObjectView<RelayInstance.Identity>(
    "InstanceName", "Name of a pod or process of a relay", org: { _ in nil }
  ) { view in
    view.text("name", "its name") { $0.name }
    view.choice("kind", "whether it is a pod, or a process of the server's machine") { $0.kindName }
    view.optionalInteger("process", "number of the process; null for a pod, and while no process runs") {
      if case .process(let number) = $0.kind { number } else { nil }
    }
  }

  private var kindName: KindName { kind == .pod ? .pod : .process }
}
