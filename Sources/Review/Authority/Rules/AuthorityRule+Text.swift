import ChangeSet
import ConfigCompiler
import ConfigModel

extension AuthorityRule {
  /// The table of rules in Markdown.
  package static var markdown: String {
    "| what | change | needs |\n|---|---|---|\n"
      + all.map { "| \($0.what) | \($0.change) | \($0.need.text) |\n" }.joined()
  }

  private var what: String {
    switch subject {
    case .document(let kind, _): kind.rawValue
    case .path(_, let roles): roles.isEmpty ? "any other path" : roles.map(\.place).joined(separator: ", ")
    }
  }

  private var change: String {
    switch subject {
    case .document(let kind, let occasion): occasion.text(of: kind)
    case .path(let reasons, _): reasons.map(\.text).joined(separator: "; ")
    }
  }
}

extension AuthorityRule.Occasion {
  fileprivate func text(of kind: Kind) -> String {
    switch self {
    case .any: "added, changed, removed"
    case .joining:
      kind == .organization
        ? "added with `status: pending`, in a new folder" : "added with `status: pending`"
    case .added(let status): status.map { "added with `status: \($0.rawValue)`" } ?? "added with another status"
    case .removed: "removed"
    case .approved: "`spec.status` becomes `active`"
    case .takingMore:
      ProviderField.allCases.map { "`\($0.path)`: \($0.excess)" }.joined(separator: "; ")
    case .changed(let fields): fields.map { "`\($0)`" }.joined(separator: ", ")
    }
  }
}

extension AuthorityRule.Need {
  /// The requirement, as a phrase.
  var text: String {
    let names = permissions.map { "`\($0.rawValue)`" }.joined(separator: " and ")
    return switch self {
    case .nothing: "nothing: anybody can ask"
    case .permission: "\(names) in the organization"
    case .everywhere: "\(names) from a global role"
    case .greaterThanUser: "\(names), and more rights than the user has before and after the change"
    case .greaterThanUserOrOneself:
      "\(names), and more rights than the user has before and after the change; or being that user"
    case .permissionsOfRole:
      "\(names) from a global role, and every permission that the role has before and after the change"
    case .everything: "every permission (`admin`)"
    }
  }
}

extension PathRole {
  fileprivate var place: String {
    switch self {
    case .platform: "`platform.yaml`"
    case .roles: "`roles/`"
    case .globalUsers: "`users/`"
    case .organization: "`organization.yaml`"
    case .organizationUsers: "`orgs/*/users/`"
    case .keys: "`orgs/*/keys/`"
    case .relays: "`orgs/*/relays/`"
    case .ignoreFile: "`.wpexignore`"
    case .misplaced, .unread: "any other path"
    }
  }
}

extension PathChange.Reason {
  /// The reason, as a phrase.
  var text: String {
    switch self {
    case .unread: "a file that the compiler does not read"
    case .misplaced: "a misplaced YAML file"
    case .ignoreFile: "`.wpexignore`"
    case .notAFile: "a link, a submodule"
    case .unreadable: "a file too large to be read"
    case .undecodable: "content that cannot be parsed"
    case .layout: "comments, order, layout"
    }
  }
}
