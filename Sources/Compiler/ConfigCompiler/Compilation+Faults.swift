import ConfigModel
import ConfigSchema
package import Diagnostics

extension Compilation {
  /// Where errors are.
  package enum Faults: Sendable, Equatable {
    case none
    /// Only in these organizations.
    case organizations(Set<String>)
    /// In what all of them stand on.
    case platform

    /// Whether an organization has errors.
    package func contain(_ org: String) -> Bool {
      switch self {
      case .none: false
      case .organizations(let failed): failed.contains(org)
      case .platform: true
      }
    }
  }

  /// Whom errors hold back. Those in a document that only asks, and those that a global user can make in their own document,
  /// hold back nobody: the user has less for them, and everybody else what they had.
  package var faults: Faults {
    var failed: Set<String> = []
    for diagnostic in diagnostics where holdsBack(diagnostic) {
      guard let org = Self.organization(ofPath: diagnostic.primary.location.path) else { return .platform }
      failed.insert(org)
    }
    return failed.isEmpty ? .none : .organizations(failed)
  }

  /// Whether a problem holds back an organization, or all of the commit.
  package func holdsBack(_ diagnostic: Diagnostic) -> Bool {
    diagnostic.severity == .error && !isOfOneUser(diagnostic) && !isOfScannedFile(diagnostic)
  }

  /// A key in a file that declares nothing is public already, and what is declared is sound: nothing has to wait for it.
  private func isOfScannedFile(_ diagnostic: Diagnostic) -> Bool {
    let path = diagnostic.primary.location.path
    guard diagnostic.code == .plaintextSecret else { return false }
    guard let org = RepositoryTree.organization(of: path) else { return platform.scanned[path] != nil }
    return unit(named: org)?.scanned[path] != nil
  }

  /// The number of errors in an organization's folder, those that hold nobody back among them.
  package func errors(of org: String) -> Int {
    diagnostics.count { $0.severity == .error && RepositoryTree.organization(of: $0.primary.location.path) == org }
  }

  /// The organization in whose folder a path lies, or which is that folder; nil outside of all.
  private static func organization(ofPath path: String) -> String? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0].elementsEqual("orgs".utf8), !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }

  private func isOfOneUser(_ diagnostic: Diagnostic) -> Bool {
    let location = diagnostic.primary.location
    let org = RepositoryTree.organization(of: location.path)
    guard let file = org.map({ unit(named: $0)?.files[location.path] }) ?? platform.files[location.path] else {
      return false
    }
    if file.document(at: location.range.start)?.isRequest ?? false { return true }
    guard org == nil, PathRole(of: location.path, ignored: platform.ignored) == .globalUsers else { return false }
    switch diagnostic.code {
    case .duplicateAccount, .duplicateToken, .plaintextSecret: return true
    default: return false
    }
  }
}

extension ParsedDocument {
  /// Whether it declares a user who only asks to join.
  package var isRequest: Bool {
    if case .user(let resource) = declaration { resource.spec.isPending } else { false }
  }
}

extension ParsedFile {
  /// Whether it holds nothing but users who only ask to join.
  package var isRequest: Bool { !isIncomplete && !documents.isEmpty && documents.allSatisfy(\.isRequest) }

  /// The document to which an offset belongs, with the comments before it; nil where not all of the file is known.
  package func document(at offset: UInt32) -> ParsedDocument? {
    guard !isIncomplete else { return nil }
    return documents.first { offset <= $0.source.end } ?? documents.last
  }
}
