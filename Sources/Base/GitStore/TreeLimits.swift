import CLibgit2

/// Limits for a tree's size. Trees can refer to each other repeatedly, so a few objects can represent more files than
/// fit into memory.
struct TreeLimits {
  /// The depth of the tenants' own folders: `orgs/acme` is two levels below the root.
  static let confinedDepth = 2

  /// Maximum depth of nested folders.
  var depth = 64
  /// Maximum number of files and folders in total.
  var entries = 5_000_000
  /// Maximum number of files and folders below one confined folder.
  var confinedEntries = 200_000
  /// Maximum size of a tree object in bytes.
  var treeBytes = 32 << 20
  /// Maximum length of a path in bytes; Linux does not accept longer ones.
  var pathBytes = 4_095
}
