import ConfigModel
import KeyBundles
import TextFormats

/// Turns rows into documents, one kind after the other; each step knows what the earlier ones made.
struct ConsoleMapping {
  let contents: ConsoleContents
  let options: ImportOptions

  var documents: [ImportedDocument] = []
  var rows: [ImportedRow] = []
  var notes: [String] = []

  /// Organizations by the tenant's id; the one of rows without a tenant by nil.
  var organizations: [[UInt8]?: Organization] = [:]
  var keys: [[UInt8]: Key] = [:]
  /// The labels of regions that anything names.
  var regions: Set<String> = []
  /// The labels that the platform has room for.
  let regionsWithRoom: Set<String>
  var ports: Set<Int> = []
  var usersWithoutAddress = 0

  struct Organization {
    let name: String
    let status: MemberStatus
    /// Those that the tenant may use; empty means that the console set no bounds.
    var allowedRegions: [String]
    let recipient: AgeRecipient
  }

  /// A key that was written, by the row's id.
  struct Key {
    let organization: String
    let name: String
    let publicKey: WireGuardPublicKey
    /// Where its document stands in ``documents``.
    let position: Int
  }

  init(_ contents: ConsoleContents, _ options: ImportOptions) {
    self.contents = contents
    self.options = options
    regionsWithRoom = RegionVotes(contents, options).chosen
  }

  mutating func map() throws(KeyBundleError) {
    try mapTenants()
    mapUsers()
    try mapKeys()
    mapSites()
    mapServers()
    mapPlatform()
  }

  /// The organization of a row, or why it has none.
  func organization(of row: ConsoleRow) -> Result<Organization, LeftOut> {
    guard row.has("tenant_id") else {
      return organizations[nil].map { .success($0) }
        ?? .failure(LeftOut("it belongs to no tenant; `--organization NAME` would take such rows up"))
    }
    if let tenant = row.reference("tenant_id"), let organization = organizations[tenant] {
      return .success(organization)
    }
    return .failure(LeftOut("its tenant \(ImportedRow.shown(row.text("tenant_id") ?? "")) does not exist"))
  }

  /// Why a row is not written.
  struct LeftOut: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// A region's label, which is noted among those that the platform has.
  mutating func region(_ text: String?) -> String? {
    guard let label = text.flatMap(DocumentNames.label), regionsWithRoom.contains(label) else { return nil }
    regions.insert(label)
    return label
  }
}
