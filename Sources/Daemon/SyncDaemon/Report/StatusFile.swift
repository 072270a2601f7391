import AuditLog
package import SyncEngine
package import SyncService
import TextFormats

/// The status document of a daemon, from the sessions of all its clusters.
package actor StatusFile {
  private let source: String
  private let folder: StateFolder
  private let onEvent: @Sendable (SyncEvent) -> Void
  private var conditions: [String: SyncService.Condition] = [:]
  private var health: [String: [String: [RelayCondition]]] = [:]
  /// Clusters whose API server does not answer: the reason, and since when in milliseconds since 1970.
  private var dark: [String: (reason: String, since: Int64)] = [:]
  /// Other faults of the daemon, by the part that has them.
  private var notices: [String: String] = [:]
  private var last: JSON?
  private var failure: String?
  private var written = ContinuousClock.now

  /// - Parameters:
  ///   - source: the followed repository, to show.
  ///   - folder: the folder of the document.
  ///   - onEvent: called with the relays' conditions, and with the document whenever it changes.
  package init(source: String, folder: StateFolder, onEvent: @escaping @Sendable (SyncEvent) -> Void) {
    self.source = source
    self.folder = folder
    self.onEvent = onEvent
  }

  /// Takes what a session knows, and writes the document if it changes.
  func take(_ condition: SyncService.Condition, health relays: [String: [RelayCondition]], of cluster: String) {
    conditions[cluster] = condition
    health[cluster] = relays
    write()
  }

  /// Sets whether the API server of a cluster answers: the reason if it does not.
  ///
  /// - Returns: Whether that is news.
  @discardableResult
  func setDark(_ reason: String?, _ cluster: String) -> Bool {
    let isNews = (dark[cluster] == nil) != (reason == nil)
    dark[cluster] = reason.map { ($0, dark[cluster]?.since ?? AuditClock.now()) }
    if isNews { write() }
    return isNews
  }

  /// Sets a fault of the daemon outside its passes; nil if it is over.
  ///
  /// - Returns: Whether that is news.
  @discardableResult
  func setNotice(_ text: String?, about what: String) -> Bool {
    guard notices[what] != text else { return false }
    notices[what] = text
    write()
    return true
  }

  /// Whether anything was applied yet.
  var isReady: Bool { conditions.values.contains { !$0.summaries.isEmpty } }

  private func write() {
    let now = AuditClock.now()
    let all = health.sorted { $0.key < $1.key }.reduce(into: [:]) { $0.merge($1.value) { first, _ in first } }
    onEvent(.health(all))
    var condition = SyncService.Condition.merged(conditions)
    condition.notices.merge(notices) { _, new in new }
    var regions: [String: String] = [:]
    for (cluster, fault) in dark {
      let text = "does not answer since \(AuditExport.timestamp(fault.since)): \(fault.reason)"
      condition.notices["cluster \(cluster)"] = "the cluster `\(cluster)` \(text)"
      for region in (conditions[cluster]?.summaries ?? [:]).keys {
        regions[region] = "its cluster `\(cluster)` \(text)"
      }
    }
    let document = StatusDocument.json(condition, source: source, health: all, stale: regions, now: now)
    if document["organizations"] != last?["organizations"] || document["regions"] != last?["regions"]
      || document["problem"] != last?["problem"] || document["head"] != last?["head"]
    {
      do {
        try folder.write(document, to: StatusDocument.file)
        failure = nil
        written = .now
      } catch {
        if failure != "\(error)" { onEvent(.warning("`wpex status` is out of date: \(error)")) }
        failure = "\(error)"
      }
      onEvent(.document(document))
      // A document that could not be written is tried again.
      last = failure == nil ? document : nil
    } else if ContinuousClock.now - written > .seconds(10) {
      folder.touch(StatusDocument.file)
      written = .now
    }
  }
}
