/// Everything that was read from a console's database, at one moment.
package struct ConsoleContents: Sendable {
  /// What became of an encrypted value of `access_keys`.
  package enum StoredKey: Sendable, Equatable {
    /// The decrypted text. It should be a public key, but nobody checked that when it was stored.
    case text(String)
    /// Why it cannot be had, in words that follow "its key".
    case unreadable(String)
  }

  package var tenants: [ConsoleRow] = []
  package var users: [ConsoleRow] = []
  /// The rows of `access_keys`, each with its key.
  package var accessKeys: [(row: ConsoleRow, key: StoredKey)] = []
  package var sites: [ConsoleRow] = []
  package var servers: [ConsoleRow] = []
  package var links: [ConsoleRow] = []
  /// Tables and columns that are not there and can be done without, as `table` or `table.column`.
  package var missing: [String] = []

  package init() {}

  /// How many rows were read, of all tables.
  package var count: Int {
    tenants.count + users.count + accessKeys.count + sites.count + servers.count + links.count
  }
}
