/// The tables of the console that wpex replaces, with the columns that an import reads.
///
/// Columns that are not listed here are never selected: password hashes, MFA secrets and API keys stay in the database.
package enum ConsoleTable: String, Sendable, CaseIterable {
  case tenants
  case users
  case accessKeys = "access_keys"
  case sites
  case servers
  case links = "server_keys_link"

  /// A column with the names that it has had in versions of the console.
  package struct Column: Sendable {
    /// The newest name, which the import uses.
    package let name: String
    /// Other names of the column.
    package let synonyms: [String]
    /// Whether the import is impossible without it.
    package let isRequired: Bool

    init(_ name: String, _ synonyms: String..., isRequired: Bool = false) {
      self.name = name
      self.synonyms = synonyms
      self.isRequired = isRequired
    }
  }

  /// The encrypted column of ``accessKeys``, which is only read in decrypted form.
  package static let encryptedKey = Column("key_value", "key", "public_key", "encrypted_key", isRequired: true)

  /// The columns that an import reads, except ``encryptedKey``.
  package var columns: [Column] {
    switch self {
    case .tenants:
      [
        Column("id", isRequired: true), Column("slug"), Column("name", isRequired: true), Column("status"),
        Column("is_active"), Column("max_bandwidth_mbps", "bandwidth_limit", "bandwidth_mbps"), Column("sla_target"),
        Column("allowed_regions"), Column("preferred_relay_ids", "preferred_relays"),
      ]
    case .users:
      [
        Column("id", isRequired: true), Column("username", "login", isRequired: true), Column("email", "mail"),
        Column("status"), Column("role"), Column("tenant_id"), Column("ip_whitelist", "ip_allowlist"),
      ]
    case .accessKeys:
      [
        Column("id", isRequired: true), Column("alias", "name"), Column("tenant_id"), Column("region"),
        Column("public_ip"), Column("subnet"),
      ]
    case .sites:
      [
        Column("id", isRequired: true), Column("name", isRequired: true), Column("tenant_id", isRequired: true),
        Column("region"), Column("public_ip"), Column("subnet"),
      ]
    case .servers:
      [
        Column("id", isRequired: true), Column("name", isRequired: true), Column("port", "udp_port", isRequired: true),
        Column("tenant_id"), Column("region"), Column("description"), Column("status", "state"),
        Column("image", "image_repository"), Column("image_tag", "tag"),
      ]
    case .links: [Column("server_id", isRequired: true), Column("key_id", isRequired: true)]
    }
  }

  /// Whether early versions of the console lack the table.
  package var isOptional: Bool { self == .sites }
}
