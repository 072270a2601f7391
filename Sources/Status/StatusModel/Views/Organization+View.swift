import ConfigCompiler
import ConfigModel
import FleetMonitoring
import TextFormats

extension DeclaredOrganization {
  static let view = ObjectView<DeclaredOrganization>("Organization", "A tenant", org: { $0.name }) { view in
    view.text("name", "its name") { $0.name }
    view.text("displayName", "display name") { $0.spec?.displayName ?? $0.name }
    view.choice("status", "its status; unless it is active, its users have no permissions") {
      $0.spec?.status ?? .pending
    }
    view.object("relays", CommonViews.relayCounts, "its relays", needs: .relaysRead) { organization, sight in
      sight.snapshot.relayCounts[organization.name] ?? RelayCounts()
    }
    view.integer("keys", "how many keys it has") { $0.keys.count }
    view.integer("users", "how many users it has") { $0.users.count }
    view.object("health", CommonViews.health, "the mean over its relays", needs: .metricsRead) { organization, sight in
      HealthView(org: organization.name, mean: sight.kpi(of: organization)?.meanHealth)
    }
    view.object("throughput", KPIView.throughputView, "traffic of its relays", needs: .metricsRead) {
      organization, sight in sight.kpi(of: organization) ?? PlatformKPI()
    }
    view.object("sla", CommonViews.sla, "uptime of its relays", needs: .metricsRead) {
      organization, sight in SLAView(attainment: sight.kpi(of: organization)?.sla ?? SLAAttainment())
    }
    view.object("alerts", CommonViews.alertCounts, "how many alerts it has", needs: .metricsRead) {
      organization, sight in
      sight.kpi(of: organization)?.alerts ?? [:]
    }
    view.object("sync", OrganizationSync.view, "state of its sync", needs: .relaysRead) { organization, sight in
      OrganizationSync(organization.name, sight)
    }
  }

  static let list = ListView<DeclaredOrganization>(
    view: view, org: { $0.name }, id: { $0.name }, words: { organization, _ in organization.words },
    filters: [
      .init("status", .choice(MemberStatus.allCases.map(\.rawValue)), "with this status") { organization, value, _ in
        (organization.spec?.status ?? .pending).rawValue == value
      },
      .init(
        "problems", .boolean, "with alerts or a sync that is not current; or without", needs: .metricsRead, once: true
      ) {
        organization, value, sight in
        let phase = OrganizationSync(organization.name, sight).phase
        let isTroubled =
          !(sight.kpi(of: organization)?.alerts ?? [:]).isEmpty || (phase != .current && phase != .unknown)
        return isTroubled == (value == "true")
      },
    ],
    sorts: [
      .init("id") { organization, _ in .text(organization.name) },
      .init("name") { organization, _ in .text(organization.spec?.displayName.lowercased() ?? organization.name) },
      .init("health", needs: .metricsRead) { organization, sight in SortValue(sight.kpi(of: organization)?.meanHealth)
      },
      .init("relays", needs: .relaysRead) { organization, _ in .number(Double(organization.relays.count)) },
      .init("alerts", needs: .metricsRead) { organization, sight in
        .number(Double((sight.kpi(of: organization)?.alerts ?? [:]).values.reduce(0, +)))
      },
    ])
}

extension VisibleSnapshot {
  /// Returns the figures of an organization.
  func kpi(of organization: DeclaredOrganization) -> PlatformKPI? { snapshot.fleet.kpi(of: organization.name) }
}

/// State of an organization's sync.
struct OrganizationSync: Sendable {
  /// Name of the organization.
  let org: String
  /// Overall state.
  let phase: SyncPhase
  /// State that the daemon reports; nil if it reports none.
  let report: SyncReport.Organization?
  /// Number of the compiler's warnings in the newest commit.
  let warnings: Int
  /// Last commit that affects the organization and is applied to it.
  let commit: String?

  init(_ org: String, _ sight: VisibleSnapshot) {
    self.org = org
    let report = sight.snapshot.sync?.organizations[org]
    self.report = report
    warnings = sight.snapshot.warnings[org] ?? 0
    commit = sight.snapshot.commits.first { $0.organizations.contains(org) && $0.isApplied(to: org) }?.id
    phase =
      if sight.snapshot.sync == nil {
        .unknown
      } else {
        (report?.isKept ?? false) || report?.failure != nil ? .kept : (report?.held ?? 0) > 0 ? .held : .current
      }
  }

  static let view = ObjectView<OrganizationSync>(
    "OrganizationSync", "State of an organization's sync", org: { $0.org }
  ) {
    view in
    view.choice("state", "`kept`: at its last good commit") { $0.phase }
    view.integer("errors", "in the newest commit") { $0.report?.errors ?? 0 }
    view.add("failure", .nullable(.text), "why it is kept although it has no errors") { sync, _ in
      JSON(sync.report?.failure?.withoutKeyMaterial)
    }
    view.integer("warnings", "in the newest commit") { $0.warnings }
    view.integer("held", "object changes that wait for approval") { $0.report?.held ?? 0 }
    view.integer("drifted", "objects that were found changed outside wpex, since the daemon started") {
      $0.report?.drifted ?? 0
    }
    view.optionalText("commit", "the commit it runs from: the last one that touched it") { $0.commit }
  }
}

/// An organization in full detail.
struct OrganizationDetail: Sendable {
  let organization: DeclaredOrganization

  static let view = ObjectView<OrganizationDetail>(
    "OrganizationDetail", "A tenant with its limits and metrics", org: { $0.organization.name }
  ) { view in
    view.include(DeclaredOrganization.view) { $0.organization }
    view.object("limits", limitsView, "its limits, and what it uses of them") { detail, _ in detail.organization }
    view.texts("allowedRegions", "regions in which it can run relays; empty for all") {
      $0.organization.spec?.allowedRegions ?? []
    }
    view.optionalText("portRange", "the ports it can use") { $0.organization.spec?.portRange?.description }
    view.objects("contacts", contactView, "its contacts", needs: .usersRead) { detail, _ in
      detail.organization.spec?.contacts ?? []
    }
    view.boolean("hasIdentity", "whether it can open encrypted bundles") { $0.organization.spec?.identity != nil }
    view.add("source", .nullable(.object(CommonViews.source.schema)), "where it is declared") { detail, sight in
      detail.organization.place.map { CommonViews.source.json($0, sight) } ?? .null
    }
    view.objects("commands", CommonViews.command, "commands that apply to it") { detail, sight in
      Command.of(detail.organization, sight)
    }
    view.objects("diagnostics", DiagnosticView.view, "compiler messages about its newest files", needs: .relaysRead) {
      detail, sight in
      Array(sight.snapshot.diagnostics.filter { $0.org == detail.organization.name }.prefix(DiagnosticView.maxCount))
    }
    view.object("series", CommonViews.series, "its last 24 hours", needs: .metricsRead) { detail, sight in
      sight.snapshot.history(of: .organization(detail.organization.name))
    }
  }

  private static let limitsView = ObjectView<DeclaredOrganization>("Limits", "Upper bounds", org: { $0.name }) { view in
    view.object("relays", limitView, "relays") { organization, _ in
      (organization.relays.count, organization.spec?.limits.relays)
    }
    view.object("keys", limitView, "keys") { organization, _ in
      (organization.keys.count, organization.spec?.limits.keys)
    }
    view.object("users", limitView, "users") { organization, _ in
      (organization.users.count, organization.spec?.limits.users)
    }
    view.object("bandwidthMbps", limitView, "the sum of its relays' caps") { organization, _ in
      (organization.bandwidth, organization.spec?.limits.bandwidthMbps)
    }
  }

  private static let limitView = ObjectView<(used: Int, limit: Int?)>("Limit", "An upper bound", org: { _ in nil }) {
    view in
    view.integer("used", "what is declared") { $0.used }
    view.optionalInteger("limit", "the upper bound; null if unlimited") { $0.limit }
  }

  private static let contactView = ObjectView<Contact>("Contact", "A contact", org: { _ in nil }) { view in
    view.text("name", "who") { $0.name }
    view.text("email", "email address") { $0.email }
    view.optionalText("phone", "phone number") { $0.phone }
  }
}
