package import TextFormats

/// Content of an audit record. The canonical bytes are stored and hashed as they are; an entry is never rebuilt from
/// columns.
package struct AuditEntry: Sendable, Equatable {
  /// Milliseconds since 1970-01-01 UTC.
  package var time: Int64
  /// What was done.
  package var action: AuditAction
  /// Who did it.
  package var actor: AuditActor
  /// Region concerned.
  package var region: String?
  /// Organization concerned.
  package var org: String?
  /// Kind of the object concerned.
  package var kind: String?
  /// Name of the object concerned.
  package var name: String?
  /// Commit id.
  package var commit: String?
  /// Number of the apply that the action belongs to.
  package var generation: Int?
  /// Details in one line.
  package var detail: String?
  /// Digest of the object before the action.
  package var before: String?
  /// Digest of the object after the action.
  package var after: String?

  /// Creates an entry.
  package init(
    time: Int64, action: AuditAction, actor: AuditActor = AuditActor(), region: String? = nil, org: String? = nil,
    kind: String? = nil, name: String? = nil, commit: String? = nil, generation: Int? = nil, detail: String? = nil,
    before: String? = nil, after: String? = nil
  ) {
    self.time = time
    self.action = action
    self.actor = actor
    self.region = region
    self.org = org
    self.kind = kind
    self.name = name
    self.commit = commit
    self.generation = generation
    self.detail = detail
    self.before = before
    self.after = after
  }

  /// Canonical JSON (RFC 8785) of the members that are set.
  package var bytes: [UInt8] { json.canonicalBytes }

  /// The entry as JSON, with only the members that are set.
  package var json: JSON {
    var members: JSON.Members = [
      "version": 1, "time": .integer(Int(time)), "action": .string(action.rawValue),
    ]
    for (name, value) in texts { if let value { members[name] = .string(Self.storable(value)) } }
    if let generation { members["generation"] = .integer(generation) }
    return .object(members)
  }

  /// Replaces U+0000, which PostgreSQL cannot store in text.
  private static func storable(_ text: String) -> String {
    text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text
  }

  private var texts: [(String, String?)] {
    [
      ("user", actor.user), ("author", actor.author), ("committer", actor.committer), ("signer", actor.signer),
      ("region", region), ("org", org), ("kind", kind), ("name", name), ("commit", commit), ("detail", detail),
      ("before", before), ("after", after),
    ]
  }

  /// Decodes canonical bytes.
  ///
  /// - Returns: Nil if the bytes are not the canonical form of an entry.
  package init?(bytes: [UInt8]) {
    guard let json = try? JSON(parsing: bytes), json["version"]?.int == 1, let time = json["time"]?.int,
      let action = json["action"]?.text.flatMap(AuditAction.init)
    else { return nil }
    self.init(
      time: Int64(time), action: action,
      actor: AuditActor(
        user: json["user"]?.text, author: json["author"]?.text, committer: json["committer"]?.text,
        signer: json["signer"]?.text),
      region: json["region"]?.text, org: json["org"]?.text, kind: json["kind"]?.text, name: json["name"]?.text,
      commit: json["commit"]?.text, generation: json["generation"]?.int, detail: json["detail"]?.text,
      before: json["before"]?.text, after: json["after"]?.text)
    guard self.bytes == bytes else { return nil }
  }
}
