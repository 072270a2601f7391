package import ChangeSet
import ConfigCompiler
import ConfigModel
package import Diagnostics

extension Decision {
  /// Returns the reason for a denial, with its position; nil if the change is permitted.
  package func diagnostic(for actor: Actor) -> Diagnostic? {
    guard !isPermitted else { return nil }
    return Diagnostic(
      code, message(actor), at: Diagnostic.Label(location, label), related: related, notes: notes(actor), help: help)
  }

  private var code: DiagnosticCode {
    switch (subject, outcome) {
    case (.path, _): .pathNotPermitted
    case (.document, .held): .claimHeldByOther
    case (.document, .notGreater): .rightsNotGreater
    case (.document, .lacks) where rule?.isAboutTaking == true: .beyondOffer
    case (.document, _): .changeNotPermitted
    }
  }

  private func message(_ actor: Actor) -> String {
    switch subject {
    case .path(let change):
      return "`\(actor.name)` cannot change `\(change.path)` (\(change.reason.text)): \(reason)"
    case .document(let change, let fields):
      let verb =
        switch change.operation {
        case .added: "add"
        case .changed: "change"
        case .removed: "remove"
        }
      let names = fields.prefix(3).map { "`\($0.path)`" }.joined(separator: ", ")
      let more = fields.count > 3 ? " and \(fields.count - 3) more fields" : ""
      let what = fields.isEmpty ? "" : "\(names)\(more) of "
      return "`\(actor.name)` cannot \(verb) \(what)\(change.id): \(reason)"
    }
  }

  private var reason: String {
    switch outcome {
    case .permitted: "it is permitted"
    case .lacks: "that needs \(rule?.need.text ?? "")"
    case .notGreater:
      if case .permissionsOfRole = rule?.need {
        "users can grant or revoke only permissions that they have"
      } else {
        "users can change only users with fewer rights than their own, and can grant only rights that they have"
      }
    case .held(let what): "\(what) already belongs to another user or organization"
    case .uncovered: "no rule allows anybody to change that"
    }
  }

  private var label: String? {
    switch outcome {
    case .permitted, .held, .uncovered: nil
    case .lacks(let permissions):
      permissions.count > 2 ? "needs every permission" : "needs \(permissions.map(\.rawValue).joined(separator: ", "))"
    case .notGreater: "this needs more rights"
    }
  }

  private var related: [Diagnostic.Label] {
    guard case .document(_, let fields) = subject else { return [] }
    return fields.dropFirst().prefix(4).map { Diagnostic.Label($0.location, "and here") }
  }

  private func notes(_ actor: Actor) -> [String] {
    guard actor.rights == nil else { return offers }
    return [
      "`\(actor.name)` is not an active user in the commit before the change, and can only ask to join, by documents "
        + "with `status: pending`"
    ]
  }

  private var help: String? {
    if case .held = outcome {
      return "choose another one, or remove it from its holder first or in the same change"
    }
    guard !suitableRoles.isEmpty else { return nil }
    let names = suitableRoles.map { role in role.org.map { "`\(role.name)` of \($0)" } ?? "`\(role.name)`" }
    return "ask a user with the role \(names.joined(separator: " or ")) to make this change"
  }
}

extension Actor {
  /// Returns why the actor may not make even an empty change; nil for an active user, and for any other change, which
  /// the rules decide. Otherwise a commit of a former user would be accepted, and with it the commits that it is based
  /// on.
  package func refusal(of changes: ChangeSet) -> Diagnostic? {
    guard rights == nil, changes.isEmpty else { return nil }
    return Diagnostic(
      .changeNotPermitted, "`\(name)` is not an active user, and the change does not ask to join",
      at: Diagnostic.Label(SourceLocation(path: "platform.yaml", range: .fileStart)),
      help: "propose documents with `status: pending`, or ask an active user to make this commit")
  }
}
