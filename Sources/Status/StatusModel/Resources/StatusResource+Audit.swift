import AuditLog
import ConfigModel
import KeyBundles
import TextFormats

extension StatusResource {
  /// List of audit records, the newest first.
  package static let auditRecords = StatusResource(
    name: "listAuditRecords", path: prefix + "/audit", summary: "Audit records, newest first",
    access: .somewhere([.auditRead]), topics: nil, parameters: AuditPage.parameters, response: AuditPage.schema
  ) { request in try await AuditPage(request).json }
}

/// A page of the audit log. The store filters by the columns it has; the rest is filtered here.
private struct AuditPage {
  /// Most records examined for one page. Beyond that the page ends early, with a cursor to continue.
  private static let maxScanned = 10_000
  private static let batch = 500

  static let parameters = [
    Parameter("limit", .integer(1...500), "records per page; 50 by default"),
    Parameter("cursor", .text(maxLength: CursorCipher.maxLength), "`next` of the previous page"),
    Parameter("org", .text(maxLength: 64), "of this organization"),
    Parameter("actor", .text(maxLength: 200), "by a user whose name or address contains this, ignoring case"),
    Parameter("action", .choice(AuditAction.allCases.map(\.rawValue)), "with this action", isRepeatable: true),
    Parameter("kind", .text(maxLength: 64), "about objects of this kind"),
    Parameter("name", .text(maxLength: 200), "about objects of this name"),
    Parameter(
      "outcome", .choice(AuditAction.Outcome.allCases.map(\.rawValue)), "with this outcome", isRepeatable: true),
    Parameter("commit", .commit, "caused by this commit"),
    Parameter("since", .time, "at this time or later"), Parameter("until", .time, "before this time"),
  ]

  static var schema: ObjectSchema {
    let list = ListView<AuditRow>(
      view: AuditRow.view, org: { $0.entry.org }, id: { _ in "" }, words: nil, filters: [], sorts: [])
    return list.schema
  }

  private let request: ResourceRequest
  private let reach: Scope.Reach

  init(_ request: ResourceRequest) {
    self.request = request
    reach = request.sight.scope.reach(of: .auditRead)
  }

  var json: JSON {
    get async throws {
      guard let audit = request.audit else { throw Refusal.unavailable("This server reads no audit log") }
      let limit = request.arguments.integer("limit") ?? 50
      guard var query = try query() else { return Self.json([], next: .null, request.sight) }
      var rows: [AuditRow] = []
      var lookedThrough = 0
      var isAtEnd = false
      while rows.count <= limit, lookedThrough < Self.maxScanned, !isAtEnd {
        query.limit = Self.batch
        let records: [AuditRecord]
        do {
          records = try await audit.records(matching: query)
        } catch let failure as AuditError {
          // The message may name hosts and users of the database, so it is not passed on.
          throw Refusal.unavailable(
            failure.kind == .unavailable ? "The audit log cannot be reached now" : "The audit log cannot be read")
        }
        isAtEnd = records.count < Self.batch
        lookedThrough += records.count
        if let last = records.last { query.before = last.sequence }
        rows += records.compactMap(AuditRow.init).filter(isWanted)
      }
      let page = rows.prefix(limit)
      var next: JSON = .null
      if rows.count > limit, let last = page.last {
        next = cursor(before: last.record.sequence)
      } else if !isAtEnd, let before = query.before {
        next = cursor(before: before)
      }
      return Self.json(Array(page), next: next, request.sight)
    }
  }

  private static func json(_ rows: [AuditRow], next: JSON, _ sight: VisibleSnapshot) -> JSON {
    ["items": .array(rows.map { AuditRow.view.json($0, sight) }), "next": next, "total": .null]
  }

  private func isWanted(_ row: AuditRow) -> Bool {
    let arguments = request.arguments
    guard reach.contains(row.entry.org) else { return false }
    let actions = arguments.values("action")
    let outcomes = arguments.values("outcome")
    return (actions.isEmpty || actions.contains(row.entry.action.rawValue))
      && (outcomes.isEmpty || outcomes.contains(row.entry.outcome.rawValue))
      && arguments["kind"].map { row.entry.kind == $0 } ?? true
      && arguments["name"].map { row.entry.name == $0 } ?? true
  }

  /// Returns the query for the store; nil if it holds nothing the viewer may see.
  private func query() throws(Refusal) -> AuditQuery? {
    let arguments = request.arguments
    var query = AuditQuery()
    query.org = arguments["org"]
    if case .organization(let own) = reach {
      guard query.org == nil || query.org == own else { return nil }
      query.org = own
    }
    let actions = arguments.values("action")
    if actions.count == 1 { query.action = AuditAction(rawValue: actions[0]) }
    query.actor = arguments["actor"]
    query.commit = arguments["commit"]
    query.since = arguments.time("since").map { $0 * 1_000 }
    query.until = arguments.time("until").map { $0 * 1_000 }
    if let cursor = arguments.cursor {
      guard let bytes = arguments.seal.open(cursor), let json = try? JSON(parsing: bytes), let parts = json.elements,
        parts.count == 2, parts[0].text == filters, let sequence = parts[1].text.flatMap({ Int64($0) }), sequence > 0
      else { throw .badRequest([ParameterFault("cursor", "the `next` of a page with the same filters")]) }
      query.before = sequence
    }
    return query
  }

  private var filters: String {
    let text = request.arguments.text(without: ["cursor", "limit"])
    return String(((try? SHA256Digest.hex(of: Array(text.utf8))) ?? text).prefix(16))
  }

  private func cursor(before sequence: Int64) -> JSON {
    // Padded to a fixed length: the size of the number would reveal how active other tenants are.
    let digits = String(sequence)
    let place: JSON = [.string(filters), .string(String(repeating: "0", count: max(0, 19 - digits.count)) + digits)]
    return JSON(request.arguments.seal.close(place.canonicalBytes))
  }
}
