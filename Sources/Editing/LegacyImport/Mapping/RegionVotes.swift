/// The selection of regions if rows name more than a platform may have. To keep a tenant with many regions from
/// displacing those of others, regions are ranked by the tenant that names the fewest.
struct RegionVotes {
  /// Maximum number of regions of a platform.
  static let maxCount = 200

  private var named: [[UInt8]: Set<String>] = [:]
  private let standard: String

  init(_ contents: ConsoleContents, _ options: ImportOptions) {
    standard = options.region
    for row in contents.tenants { note(row.list("allowed_regions"), of: row.reference("id")) }
    for row in contents.sites + contents.servers + contents.accessKeys.map(\.row) {
      note([row.text("region")].compactMap(\.self), of: row.reference("tenant_id"))
    }
  }

  private mutating func note(_ regions: [String], of tenant: [UInt8]?) {
    named[tenant ?? [], default: []].formUnion(regions.compactMap(DocumentNames.label))
  }

  var chosen: Set<String> {
    var fewest: [String: Int] = [standard: 0]
    for regions in named.values {
      for region in regions { fewest[region] = min(fewest[region] ?? .max, regions.count) }
    }
    let sorted = fewest.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value < $1.value }
    return Set(sorted.prefix(Self.maxCount).map(\.key))
  }
}
