import ConfigModel
import ConfigSchema
package import Diagnostics

extension Compilation {
  /// Extent of the errors in a compilation.
  package enum Faults: Sendable, Equatable {
    /// No errors that prevent anything from being applied.
    case none
    /// Only in these organizations.
    case organizations(Set<String>)
    /// In platform-wide files, which affect every organization.
    case platform

    /// Returns whether errors prevent an organization from being applied.
    package func contain(_ org: String) -> Bool {
      switch self {
      case .none: false
      case .organizations(let failed): failed.contains(org)
      case .platform: true
      }
    }
  }

  /// Extent of the errors that prevent something from being applied.
  ///
  /// Errors in a user's request to join, and those that a global user can make in their own document, prevent nothing:
  /// that user has fewer rights because of them, and everything else stays as it was.
  package var faults: Faults {
    var failed: Set<String> = []
    for diagnostic in diagnostics where holdsBack(diagnostic) {
      guard let org = RepositoryTree.owner(ofFileOrFolder: diagnostic.primary.location.path) else {
        return .platform
      }
      failed.insert(org)
    }
    return failed.isEmpty ? .none : .organizations(failed)
  }

  /// Returns whether a problem prevents an organization, or the whole commit, from being applied.
  package func holdsBack(_ diagnostic: Diagnostic) -> Bool {
    diagnostic.severity == .error && !isOfOneUser(diagnostic) && !isOfScannedFile(diagnostic)
  }

  /// Returns whether a problem is a private key in a file that declares nothing.
  ///
  /// The key is public already and the declarations are sound, so nothing has to wait.
  private func isOfScannedFile(_ diagnostic: Diagnostic) -> Bool {
    let path = diagnostic.primary.location.path
    guard diagnostic.code == .plaintextSecret else { return false }
    guard let org = RepositoryTree.organization(of: path) else { return platform.scanned[path] != nil }
    return unit(named: org)?.scanned[path] != nil
  }

  /// Returns the number of errors in an organization's folder, including those that prevent nothing.
  package func errors(of org: String) -> Int {
    diagnostics.count { $0.severity == .error && RepositoryTree.organization(of: $0.primary.location.path) == org }
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
  /// Whether it declares a user who asks to join and is not approved yet.
  package var isRequest: Bool {
    if case .user(let resource) = declaration { resource.spec.isPending } else { false }
  }
}

extension ParsedFile {
  /// Whether it contains only users who ask to join and are not approved yet.
  package var isRequest: Bool { !isIncomplete && !documents.isEmpty && documents.allSatisfy(\.isRequest) }

  /// Returns the document to which an offset belongs, including the comments before it; nil if the file is incomplete.
  package func document(at offset: UInt32) -> ParsedDocument? {
    guard !isIncomplete else { return nil }
    return documents.first { offset <= $0.source.end } ?? documents.last
  }
}
