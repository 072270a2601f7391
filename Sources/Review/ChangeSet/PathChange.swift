import ConfigModel
import Diagnostics
package import ConfigCompiler
import TextFormats

/// A changed path that does not change the meaning of a document.
package struct PathChange: Sendable, Equatable {
  /// Reasons why a change of a path is not a change of a document.
  package enum Reason: String, Sendable, CaseIterable {
    /// The compiler does not read the file.
    case unread
    /// A YAML file in a folder that must not contain one.
    case misplaced
    /// `.wpexignore`, which determines what the compiler reads.
    case ignoreFile
    /// A symbolic link, a submodule, a folder in a form that Git would not have written, or two paths with the same
    /// name.
    case notAFile
    /// The file is too large to read.
    case unreadable
    /// Part of the file is invalid, so its declarations are not fully known.
    case undecodable
    /// Comments, order or layout changed, but not the declarations.
    case layout
  }

  /// The changed path.
  package let path: String
  /// The organization whose folder contains the path; nil outside all of them.
  package let org: String?
  /// The kind of document allowed at the path, in the head, or in the base if the path was removed.
  package let role: PathRole
  /// The reason why no document changed.
  package let reason: Reason
}
