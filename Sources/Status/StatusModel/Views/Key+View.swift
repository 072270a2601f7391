import ConfigModel
import TextFormats

extension DeclaredKey {
  static let view = ObjectView<DeclaredKey>(
    "Key", "A peer's key: its name and fingerprint, never the key itself", org: { $0.org }
  ) { view in
    view.text("id", "`org/name`") { $0.id }
    view.text("org", "its organization") { $0.org }
    view.text("name", "its name") { $0.name }
    view.optionalText("alias", "display name") { $0.spec.alias }
    view.optionalText(
      "fingerprint", "SHA-256 of the public key, or of the sealed text if the key is sealed", needs: .keysRead
    ) {
      $0.fingerprint
    }
    view.boolean("sealed", "whether it is encrypted in the repository") { $0.spec.sealedKey != nil }
    view.choice("status", "whether relays accept it") { $0.status }
    view.add("expires", .nullable(.date), "the last day on which it is valid") { key, _ in
      JSON(key.spec.expires?.description)
    }
    view.optionalInteger("daysLeft", "days until it expires; -1 if it has expired") { $0.daysLeft }
    view.optionalObject("site", siteView, "its location") { key, _ in key.spec.site.map { SiteView(key.org, $0) } }
    view.add("labels", .map(.text), "its labels") { key, _ in JSON(labels: key.labels) }
    view.texts("relays", "relays that select it") { key in key.relays.map { "\(key.org)/\($0)" } }
    view.add("connected", .boolean, "whether it has a live session", needs: .metricsRead) { key, sight in
      .bool(sight.snapshot.peer(key)?.isConnected ?? false)
    }
    view.add("lastHandshakeAt", .nullable(.time), "its last handshake with any relay", needs: .metricsRead) {
      key, sight in JSON(time: sight.snapshot.peer(key)?.lastHandshake)
    }
    view.object("source", CommonViews.source, "where it is declared") { key, _ in key.place }
    view.objects("commands", CommonViews.command, "commands that apply to it") { key, sight in Command.of(key, sight) }
  }

  /// Location of a peer with its owner.
  struct SiteView: Sendable {
    let org: String
    let site: Site
    init(_ org: String, _ site: Site) {
      self.org = org
      self.site = site
    }
  }

  private static let siteView = ObjectView<SiteView>("Site", "A peer's location", org: { $0.org }) { view in
    view.optionalText("region", "nearby region of the platform") { $0.site.region }
    view.optionalText("subnet", "the network behind it", needs: .keysRead) { $0.site.subnet }
    view.optionalText("publicIP", "its address", needs: .keysRead) { $0.site.publicIP }
    view.optionalText("location", "its location in words") { $0.site.location }
  }

  static let list = ListView<DeclaredKey>(
    view: view, org: { $0.org }, id: { $0.order },
    words: { key, sight in
      guard sight.allows(.keysRead, in: key.org) else { return key.words }
      let site = key.spec.site
      return [key.words, key.fingerprint ?? "", site?.subnet ?? "", site?.publicIP ?? ""]
        .joined(separator: " ").lowercased()
    },
    filters: [
      .init("org", .text(maxLength: 64), "of this organization") { key, value, _ in key.org == value },
      .init("status", .choice(KeyStatusView.allCases.map(\.rawValue)), "with this status") { key, value, _ in
        key.status.rawValue == value
      },
      .init("connected", .boolean, "with a live session, or without", needs: .metricsRead, once: true) {
        key, value, sight in (sight.snapshot.peer(key)?.isConnected ?? false) == (value == "true")
      },
      .init("expiring", .boolean, "that expire soon, or do not", once: true) { key, value, sight in
        let days = sight.snapshot.model?.platform?.alerts.keyExpiryDays ?? AlertThresholds().keyExpiryDays
        let isExpiring = key.status == .active && key.daysLeft.map { $0 <= days } ?? false
        return isExpiring == (value == "true")
      },
      .init("region", .text(maxLength: 64), "whose site is near this region") { key, value, _ in
        key.spec.site?.region == value
      },
    ],
    sorts: [
      .init("id") { key, _ in .text(key.order) }, .init("name") { key, _ in .text(key.name) },
      .init("org") { key, _ in .text(key.org) }, .init("status") { key, _ in .text(key.status.rawValue) },
      .init("expires") { key, _ in SortValue(key.spec.expires?.description) },
      .init("lastHandshake", needs: .metricsRead) { key, sight in
        SortValue(sight.snapshot.peer(key)?.lastHandshake)
      },
    ])
}

extension JSON {
  init(labels: [String: String]) {
    self = .object(Members(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
  }
}
