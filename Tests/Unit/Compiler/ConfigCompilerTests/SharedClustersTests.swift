@testable import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import RepositorySupport
import Testing

/// Two regions of one cluster: their namespaces and node ports, and what is rendered for each.
@Suite struct SharedClustersTests {
  /// The catalogue's base with two regions, each with some fields after its name.
  private func repository(_ north: String, _ south: String, organization: String? = nil) throws -> MemoryRepository {
    var repository = MemoryRepository(Example([]))
    let text = String(decoding: try #require(repository.contents["platform.yaml"]), as: UTF8.self)
    let fields = { (text: String) in text.isEmpty ? "" : "      \(text)\n" }
    let edited = text.replacing("- name: eu-north\n", with: "- name: eu-north\n\(fields(north))")
      .replacing("- name: eu-south\n", with: "- name: eu-south\n\(fields(south))")
    try #require(edited.contains("- name: eu-south"))
    repository.set("platform.yaml", edited)
    if let organization {
      repository.set(
        "orgs/\(organization)/organization.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Organization\nmetadata:\n  name: \(organization)\n"
          + "spec:\n  displayName: X\n")
    }
    return repository
  }

  @Test(
    arguments: [
      // Each has a daemon, and a cluster, of its own.
      ("", "", nil), ("cluster: in-cluster", "cluster: in-cluster", nil), ("cluster: a", "cluster: b", nil),
      ("cluster: a", "", nil), ("cluster: a", "cluster: a\n      namespacePrefix: south-", nil),
      ("cluster: a", "cluster: a", "their namespaces would be the same"),
      (
        "cluster: a\n      namespacePrefix: x-", "cluster: a\n      namespacePrefix: x-",
        "their namespaces would be the same"
      ),
      ("cluster: a", "cluster: a\n      namespacePrefix: wpex-b-", "a namespace of one could be one of the other"),
      (
        "cluster: a\n      namespacePrefix: b-c-", "cluster: a\n      namespacePrefix: b-",
        "a namespace of one could be one of the other"
      ),
    ] as [(String, String, String?)])
  func namespacesOfOneClusterDiffer(_ north: String, _ south: String, _ problem: String?) async throws {
    let compilation = try await repository(north, south).compile()
    guard let problem else {
      #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
      return
    }
    let found = try #require(compilation.diagnostics.first)
    #expect(compilation.diagnostics.count == 1 && found.code == .sharedCluster, "\(compilation.text)")
    #expect(found.message.contains(problem) && compilation.text.contains("the cluster of `eu-north`"))
    #expect(compilation.faults == .platform)
  }

  @Test func aThirdRegionIsComparedWithBoth() async throws {
    var repository = try repository("cluster: a", "cluster: a\n      namespacePrefix: south-")
    let text = String(decoding: try #require(repository.contents["platform.yaml"]), as: UTF8.self)
    let third =
      "- name: eu-west\n      cluster: a\n      namespacePrefix: south-\n      publicHost: w.example.net\n"
      + "      portRange: 32000-32100\n    - name: eu-south"
    repository.set("platform.yaml", text.replacing("- name: eu-south", with: third))
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.map(\.code) == [.sharedCluster], "\(compilation.text)")
    #expect(compilation.text.contains("the regions `eu-west` and `eu-south` are in one cluster"))
  }

  @Test func theSuggestedPrefixIsNotAmbiguous() async throws {
    let same = try await repository("cluster: a", "cluster: a").compile()
    #expect(same.text.contains("such as `eu-south-`"))
    let prefix = "namespacePrefix: eu-s"
    let close = try await repository("cluster: a\n      \(prefix)", "cluster: a\n      \(prefix)").compile()
    #expect(!close.text.contains("such as"), "\(close.text)")
  }

  @Test(
    arguments: [
      ("30000-30999", "exposure: NodePort", true), ("30999-31500", "exposure: NodePort", true),
      ("31000-31999", "exposure: NodePort", false), ("30000-30999", "exposure: LoadBalancer", false),
    ])
  func nodePortsOfOneClusterDiffer(_ range: String, _ exposure: String, _ isRefused: Bool) async throws {
    var repository = try repository("cluster: a", "cluster: a\n      namespacePrefix: south-\n      \(exposure)")
    let text = String(decoding: try #require(repository.contents["platform.yaml"]), as: UTF8.self)
    repository.set("platform.yaml", text.replacing("31000-31999", with: range))
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.map(\.code) == (isRefused ? [.sharedNodePorts] : []), "\(compilation.text)")
  }

  @Test func namespacesAreOfTheRegion() async throws {
    let compilation = try await repository("namespacePrefix: north-", "").compile()
    let unit = try #require(compilation.unit(named: "acme"))
    let objects = try Renderer(compilation, options: .init()).objects(of: unit, in: "eu-north")
    #expect(!objects.isEmpty && objects.allSatisfy { $0.namespace == "north-acme" })
    let spec = try #require(compilation.platform.platform?.spec)
    #expect(spec.namespace(ofOrganization: "acme", in: "eu-south") == "wpex-acme")
    #expect(spec.namespace(ofOrganization: "acme", in: "gone") == "wpex-acme")
  }

  @Test func reservedNamespacesAreReservedInEveryRegion() async throws {
    let compilation = try await repository("namespacePrefix: kube-", "", organization: "dns").compile()
    let found = compilation.diagnostics.filter { $0.code == .reservedName && $0.message.contains("`kube-dns`") }
    #expect(found.count == 1, "\(compilation.text)")
  }

  /// A namespace has at most 63 characters.
  @Test func namespacesAreShortEnough() {
    #expect(StringFormat.namespacePrefix.length.upperBound + StringFormat.dnsLabel.length.upperBound <= 63)
  }
}
