import ConfigModel
import KeyBundles
import TextFormats

/// The conversion of rows into documents, one kind after another. Each step uses the results of the earlier ones.
struct ConsoleMapping {
  let contents: ConsoleContents
  let options: ImportOptions

  var documents: [ImportedDocument] = []
  var rows: [ImportedRow] = []
  var notes: [String] = []

  /// Organizations by the tenant's id; nil is the id for rows without a tenant.
  var organizations: [[UInt8]?: Organization] = [:]
  var keys: [[UInt8]: Key] = [:]
  /// Labels of all regions in use.
  var regions: Set<String> = []
  /// Labels of the regions that fit into the platform.
  let regionsWithRoom: Set<String>
  var ports: Set<Int> = []
  var usersWithoutAddress = 0

  struct Organization {
    let name: String
    let status: MemberStatus
    /// The regions that the tenant may use; empty if the console did not restrict them.
    var allowedRegions: [String]
    let recipient: AgeRecipient
  }

  /// A key that has been written, stored by its row's id.
  struct Key {
    let organization: String
    let name: String
    let publicKey: WireGuardPublicKey
    /// The index of its document in ``documents``.
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
    mapOverlaps()
    mapServers()
    mapPlatform()
  }

  /// Returns the organization of a row, or the reason why it has none.
  func organization(of row: ConsoleRow) -> Result<Organization, LeftOut> {
    guard row.has("tenant_id") else {
      return organizations[nil].map { .success($0) }
        ?? .failure(LeftOut("it belongs to no tenant; `--organization NAME` would import such rows"))
    }
    if let tenant = row.reference("tenant_id"), let organization = organizations[tenant] {
      return .success(organization)
    }
    return .failure(LeftOut("its tenant \(ImportedRow.shown(row.text("tenant_id") ?? "")) does not exist"))
  }

  /// The reason why a row is left out.
  struct LeftOut: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// Returns a region's label and records that it is in use; nil if it is not among the platform's regions.
  mutating func region(_ text: String?) -> String? {
    guard let label = text.flatMap(DocumentNames.label), regionsWithRoom.contains(label) else { return nil }
    regions.insert(label)
    return label
  }
}
