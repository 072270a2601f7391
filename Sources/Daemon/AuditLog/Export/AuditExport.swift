import FoundationEssentials
import TextFormats

/// Export formats of records.
package enum AuditExport: String, Sendable, CaseIterable {
  /// One JSON object per line: sequence, key, hashes and the exact bytes, so that `import` can restore the records.
  case jsonl
  /// One CloudEvents 1.0 event per line.
  case cloudevents
  /// CSV (RFC 4180), for spreadsheets.
  case csv

  private static let columns = [
    "sequence", "time", "action", "user", "author", "committer", "signer", "region", "org", "kind", "name", "commit",
    "generation", "detail", "before", "after", "hash",
  ]

  /// Text before the first record.
  package var head: String { self == .csv ? CSVText.row(Self.columns) : "" }

  /// Returns one record, including the line break.
  package func text(_ record: AuditRecord) -> String {
    switch self {
    case .jsonl: Self.line(record).text(.compact) + "\n"
    case .cloudevents: Self.event(record).text(.compact) + "\n"
    case .csv: Self.row(record)
    }
  }

  private static func line(_ record: AuditRecord) -> JSON {
    [
      "sequence": .integer(Int(record.sequence)), "key": .string(record.key),
      "previous": .string(hexadecimal(record.previous)), "hash": .string(hexadecimal(record.hash)),
      "bytes": .string(Data(record.bytes).base64EncodedString()), "entry": record.entry?.json ?? .null,
    ]
  }

  /// Parses a line of `jsonl`. The member `entry` is for human readers and is ignored.
  ///
  /// - Throws: `AuditError` if the line is not a record.
  package static func record(parsing line: String) throws -> AuditRecord {
    guard let json = try? JSON(parsing: Array(line.utf8)), let sequence = json["sequence"]?.int,
      let key = json["key"]?.text, let previous = bytes(json["previous"]?.text), let hash = bytes(json["hash"]?.text),
      let content = json["bytes"]?.text.flatMap({ Data(base64Encoded: $0) })
    else { throw AuditError(.invalid, "a line is not a record written by `wpex audit export --format jsonl`") }
    return AuditRecord(sequence: Int64(sequence), key: key, bytes: Array(content), previous: previous, hash: hash)
  }

  private static func bytes(_ hexadecimal: String?) -> [UInt8]? {
    guard let digits = hexadecimal.map({ Array($0.utf8) }), digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func event(_ record: AuditRecord) -> JSON {
    let entry = record.entry
    var event: JSON.Members = [
      "specversion": "1.0", "id": .string(String(record.sequence)),
      "source": .string("wpex.io/audit" + (entry?.region.map { "/\($0)" } ?? "")),
      "type": .string("io.wpex.\(entry?.action.rawValue ?? "unreadable")"),
      "time": .string(entry.map { timestamp($0.time) } ?? ""), "datacontenttype": "application/json",
    ]
    if let org = entry?.org { event["subject"] = .string("\(org)/\(entry?.kind ?? "")/\(entry?.name ?? "")") }
    event["wpexhash"] = .string(hexadecimal(record.hash))
    event["data"] = entry?.json ?? .null
    return .object(event)
  }

  private static func row(_ record: AuditRecord) -> String {
    let entry = record.entry
    let values: [String?] = [
      String(record.sequence), entry.map { timestamp($0.time) }, entry?.action.rawValue, entry?.actor.user,
      entry?.actor.author, entry?.actor.committer, entry?.actor.signer, entry?.region, entry?.org, entry?.kind,
      entry?.name, entry?.commit, entry?.generation.map(String.init), entry?.detail, entry?.before, entry?.after,
      hexadecimal(record.hash),
    ]
    return CSVText.row(values.map { $0 ?? "" })
  }

  /// Returns a time, given in milliseconds since 1970, as RFC 3339 in UTC with milliseconds.
  package static func timestamp(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1_000 - (milliseconds % 1_000 < 0 ? 1 : 0)
    // Only whole seconds go through Date, which would round the milliseconds.
    let text = Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
    let rest = String(milliseconds - seconds * 1_000)
    return text.dropLast() + "." + String(repeating: "0", count: 3 - rest.count) + rest + "Z"
  }
}
