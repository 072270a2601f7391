import FleetMonitoring
import TextFormats

extension RelayEnforcement {
  static let view = ObjectView<RelayEnforcement>(
    "InForce", "Whether what was applied to a relay is in force at its instances", org: { _ in nil }
  ) { view in
    view.choice(
      "state",
      "`in-force` if every instance has confirmed it; `pending` for up to ten seconds; then `not-in-force`; `idle` if no "
        + "instance runs"
    ) { $0.state }
    view.optionalInteger("serial", "number of the applied files, which grows with each change; null if it is not known")
    {
      $0.serial
    }
    view.time("appliedAt", "when they were applied; null if that is not known") { $0.applied }
    view.time("inForceAt", "when every instance had confirmed them; null if one has not") { $0.inForce }
    view.time("missingSince", "since when they are not in force; null if they are") { $0.since }
    view.integer("instances", "pods or processes that run") { $0.instances }
    view.objects("missing", Missing.view, "the instances at which they are not in force") { shown, _ in shown.missing }
  }
}

extension RelayEnforcement.Missing {
  static let view = ObjectView<RelayEnforcement.Missing>(
    "NotInForce", "An instance that does not have in force what was applied", org: { _ in nil }
  ) { view in
    view.optionalText("instance", "its name; null if the instances are not known") { $0.instance }
    view.freeText("reason", "why") { $0.reason }
  }
}
