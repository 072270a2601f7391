package import TextFormats

/// Who did something, as far as it is known.
package struct AuditActor: Sendable, Equatable {
  /// A user of the repository, or the system's user who gave a command.
  package var user: String?
  /// `Name <email>` of the commit's author.
  package var author: String?
  package var committer: String?
  /// The user whose key signed the commit, where the policy asks for signatures.
  package var signer: String?

  package init(user: String? = nil, author: String? = nil, committer: String? = nil, signer: String? = nil) {
    self.user = user
    self.author = author
    self.committer = committer
    self.signer = signer
  }

  /// The name to show: the user where one is known, else the author.
  package var shown: String { user ?? author ?? committer ?? "" }
}

/// What is to be recorded. Its canonical bytes are stored as they are and hashed; nothing is ever rebuilt from columns.
package struct AuditEntry: Sendable, Equatable {
  /// Milliseconds since 1970-01-01 in UTC.
  package var time: Int64
  package var action: AuditAction
  package var actor: AuditActor
  package var region: String?
  package var org: String?
  package var kind: String?
  package var name: String?
  package var commit: String?
  /// The number of the apply that it belongs to.
  package var generation: Int?
  package var detail: String?
  /// Digests of the object before and after.
  package var before: String?
  package var after: String?

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

  /// Canonical JSON (RFC 8785) of the members that are there.
  package var bytes: [UInt8] { json.canonicalBytes }

  package var json: JSON {
    var members: JSON.Members = [
      "version": 1, "time": .integer(Int(time)), "action": .string(action.rawValue),
    ]
    for (name, value) in texts { if let value { members[name] = .string(Self.storable(value)) } }
    if let generation { members["generation"] = .integer(generation) }
    return .object(members)
  }

  /// No database stores U+0000 in a text.
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

  /// Reads what `bytes` wrote.
  ///
  /// - Returns: Nil where the bytes are not the canonical form of an entry.
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
