package import TextFormats

/// What a process of a relay answers to a declaration, or to the question for the one in force.
package struct DeclarationAnswer: Sendable, Equatable {
  /// A declaration in force.
  package struct InForce: Sendable, Equatable {
    /// Serial of the declaration.
    package let serial: Int
    /// Digest of the declaration.
    package let digest: String
    /// When it came into force in this process, as RFC 3339.
    package let since: String

    package init(serial: Int, digest: String, since: String) {
      self.serial = serial
      self.digest = digest
      self.since = since
    }

    /// The declaration in force as JSON.
    package var json: JSON {
      ["serial": .integer(serial), "digest": .string(digest), "since": .string(since)]
    }
  }

  /// The declaration in force; nil if the process has none.
  package let inForce: InForce?
  /// Why the process does not use the newest files that it knows; nil if it does.
  package let refusal: String?

  package init(inForce: InForce?, refusal: String?) {
    self.inForce = inForce
    self.refusal = refusal
  }

  /// Parses the JSON of an answer; nil if it is something else.
  package init?(_ json: JSON) {
    guard case .object = json else { return nil }
    if let declaration = json["inForce"], declaration != .null {
      guard let serial = declaration["serial"]?.int, let digest = declaration["digest"]?.text,
        let since = declaration["since"]?.text
      else { return nil }
      inForce = InForce(serial: serial, digest: digest, since: since)
    } else {
      inForce = nil
    }
    refusal = json["refusal"]?.text
  }

  /// The answer as JSON.
  package var json: JSON {
    [
      "inForce": inForce?.json ?? .null,
      "refusal": refusal.map { .string($0) } ?? .null,
    ]
  }
}
