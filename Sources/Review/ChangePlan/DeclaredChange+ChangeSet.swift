import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats

extension DeclaredChange {
  init(_ change: DocumentChange) throws {
    let document = change.head ?? change.base
    self.init(
      kind: change.id.kind, org: change.id.org, name: change.id.name, operation: Operation(change.operation),
      path: document?.source.path ?? change.location.path, line: document?.source.line ?? 1,
      fields: try change.fields.compactMap { field in
        // A document as a whole has no value to show, and the envelope of an added or removed document says nothing
        // new.
        let envelope = [["apiVersion"], ["kind"], ["metadata", "name"]]
        guard !field.path.elements.isEmpty, change.operation == .changed || !envelope.contains(field.path.names) else {
          return nil
        }
        let shown = Shown(kind: change.id.kind)
        let names = field.path.names
        return Field(
          path: field.path.text, old: try field.old.map { try shown.text($0, at: names) },
          new: try field.new.map { try shown.text($0, at: names) })
      })
  }
}

extension DeclaredChange.Operation {
  fileprivate init(_ operation: DocumentChange.Operation) {
    self =
      switch operation {
      case .added: .added
      case .changed: .changed
      case .removed: .removed
      }
  }
}

extension FieldPath {
  /// The path as text, such as `spec.regions[0].portRange`.
  fileprivate var text: String {
    elements.reduce(into: "") { text, element in
      switch element {
      case .field(let name): text += (text.isEmpty ? "" : ".") + name
      case .index(let index): text += "[\(index)]"
      }
    }
  }

  /// The names of the path, without positions in lists.
  fileprivate var names: [String] {
    elements.compactMap { if case .field(let name) = $0 { name } else { nil } }
  }
}

/// Display forms of values: anything that opens or identifies a tunnel is replaced by a fingerprint.
private struct Shown {
  let kind: Kind

  func text(_ value: JSON, at path: [String]) throws -> String {
    let shown = try hiding(value, at: path)
    return if case .string(let text) = shown { text } else { shown.text(.compact) }
  }

  private func hiding(_ value: JSON, at path: [String]) throws -> JSON {
    switch value {
    case .object(let members):
      .object(JSON.Members(try members.pairs.map { ($0.name, try hiding($0.value, at: path + [$0.name])) }))
    case .array(let elements): .array(try elements.map { try hiding($0, at: path) })
    case .string(let text): .string(try fingerprint(of: text, at: path.joined(separator: ".")) ?? text)
    default: value
    }
  }

  /// Returns a fingerprint; nil for a value that may be shown.
  private func fingerprint(of text: String, at path: String) throws -> String? {
    switch (kind, path) {
    case (.key, "spec.publicKey"):
      var key = KeySpec()
      key.publicKey = WireGuardPublicKey(text)
      return try Fingerprint.of(key) ?? "no key"
    case (.key, "spec.sealedKey"):
      var key = KeySpec()
      key.sealedKey = text
      return try Fingerprint.of(key)
    case (.user, "spec.identities.sshKeys"): return try Fingerprint.ofSSHKey(text)
    case (.organization, "spec.identity.sealedIdentity"), (.user, "spec.access.tokens.sha256"):
      return try Fingerprint.of(text)
    default: return nil
    }
  }
}
