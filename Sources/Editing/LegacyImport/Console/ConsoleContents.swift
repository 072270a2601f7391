/// The rows of a console's database, read in one snapshot.
package struct ConsoleContents: Sendable {
  /// The result of decrypting a value in `access_keys`.
  package enum StoredKey: Sendable, Equatable {
    /// The decrypted text. It should be a public key, but the console did not verify that.
    case text(String)
    /// The reason why it cannot be decrypted, in words that follow "its key".
    case unreadable(String)
  }

  /// The rows of `tenants`.
  package var tenants: [ConsoleRow] = []
  /// The rows of `users`.
  package var users: [ConsoleRow] = []
  /// The rows of `access_keys`, each with its key.
  package var accessKeys: [(row: ConsoleRow, key: StoredKey)] = []
  /// The rows of `sites`.
  package var sites: [ConsoleRow] = []
  /// The rows of `servers`.
  package var servers: [ConsoleRow] = []
  /// The rows of `server_keys_link`.
  package var links: [ConsoleRow] = []
  /// Missing optional tables and columns, as `table` or `table.column`.
  package var missing: [String] = []

  package init() {}

  /// The total number of rows.
  package var count: Int {
    tenants.count + users.count + accessKeys.count + sites.count + servers.count + links.count
  }
}
