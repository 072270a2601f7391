import ConfigCompiler
import ConfigModel
import Diagnostics
import KeyBundles
import KubernetesModel
import RepositorySupport
import TextFormats
import Testing

/// The bandwidth limit of an organization, and its relays' shares.
@Suite struct BandwidthSharesTests {
  private func repository(_ fields: [String], limit: Int?) -> MemoryRepository {
    var repository = MemoryRepository(Example([]))
    let path = "orgs/acme/organization.yaml"
    let text = String(decoding: repository.contents[path] ?? [], as: UTF8.self)
    repository.set(
      path,
      text.replacing(
        "limits: { relays: 3, keys: 5, users: 3, bandwidthMbps: 100 }",
        with: limit.map { "limits: { bandwidthMbps: \($0) }" } ?? "limits: {}"))
    repository.remove("orgs/acme/relays/north-1.yaml")
    for (index, field) in fields.enumerated() {
      repository.set(
        "orgs/acme/relays/r\(index).yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Relay\nmetadata:\n  name: r\(index)\nspec:\n  region: eu-north\n"
          + "  port: \(30110 + index)\n\(field.isEmpty ? "" : "  \(field)\n")  keys:\n    names: [headquarters]\n")
    }
    return repository
  }

  private func caps(_ fields: [String], limit: Int?) async throws -> [Int?] {
    let compilation = await repository(fields, limit: limit).compile()
    try #require(!compilation.hasErrors, "\(compilation.text)")
    return try #require(compilation.unit(named: "acme")).bandwidthCaps
  }

  @Test func whoHasNoCapSharesWhatIsLeft() async throws {
    #expect(try await caps(["bandwidthMbps: 40", "", "", ""], limit: 100) == [40, 20, 20, 20])
    #expect(try await caps(["", "", ""], limit: 100) == [34, 33, 33])
    // Removing the cap is not a way around the limit.
    #expect(try await caps(["", "bandwidthMbps: 60"], limit: 100) == [40, 60])
    #expect(try await caps(["", ""], limit: 100) == [50, 50])
    #expect(try await caps([""], limit: 100) == [100])
    // Without a limit, there is nothing to share.
    #expect(try await caps(["bandwidthMbps: 40", ""], limit: nil) == [40, nil])
    // Stopped relays use nothing up.
    #expect(try await caps(["state: stopped", "", "state: stopped"], limit: 100) == [1, 100, 1])
  }

  @Test(arguments: [
    (["bandwidthMbps: 100", ""], true), (["bandwidthMbps: 99", ""], false), (["bandwidthMbps: 99", "", ""], true),
    (["bandwidthMbps: 101"], true), (["bandwidthMbps: 100", "state: stopped"], false),
  ]) func nothingLeftIsAnError(_ fields: [String], _ isError: Bool) async {
    let compilation = await repository(fields, limit: 100).compile()
    #expect(compilation.diagnostics.map(\.code) == (isError ? [.limitExceeded] : []), "\(compilation.text)")
    let place = compilation.diagnostics.first?.primary.location.path
    #expect(!isError || place == "orgs/acme/relays/r\(fields.count - 1).yaml")
  }

  /// Whatever is declared, running relays together never have more than the limit, and each has something.
  @Test func theSumNeverExceedsTheLimit() async throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      let limit = Int.random(in: 1...200, using: &random)
      let fields = (0..<Int.random(in: 1...8, using: &random)).map { _ -> String in
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "bandwidthMbps: \(Int.random(in: 1...60, using: &random))"
        case 1: "state: stopped"
        default: ""
        }
      }
      let compilation = await repository(fields, limit: limit).compile()
      guard !compilation.hasErrors else { continue }
      let unit = try #require(compilation.unit(named: "acme"))
      let running = zip(unit.relays, unit.bandwidthCaps).filter { $0.0.spec.state == .running }.map(\.1)
      #expect(running.allSatisfy { ($0 ?? 0) >= 1 })
      #expect(running.compactMap(\.self).reduce(0, +) <= limit, "\(limit): \(fields)")
    }
  }

  /// A share is a part of the relay's configuration, which it reads again without a restart.
  @Test func aShareIsRendered() async throws {
    func rendered(_ fields: [String]) async throws -> (configuration: [String], digests: [String], pods: [JSON?]) {
      let compilation = await repository(fields, limit: 100).compile()
      let secret = try RenderSecret(bytes: Array(repeating: 7, count: 32))
      let objects = try Renderer(
        compilation, options: Renderer.Options(renderSecret: secret, allowsDemonstrationIdentities: true)
      )
      .objects(of: try #require(compilation.unit(named: "acme")), in: "eu-north")
      let secrets = objects.filter { $0.manifest.kind == "Secret" && $0.origin.relay == "r0" }
      return (
        secrets.compactMap { $0.manifest.body["data"]?["config.json"]?.text }, secrets.map(\.digest),
        objects.filter { $0.manifest.kind == "Deployment" && $0.origin.relay == "r0" }.map {
          $0.manifest.body["spec"]?["template"]
        }
      )
    }
    let alone = try await rendered([""])
    let two = try await rendered(["", ""])
    try #require(alone.configuration.count == 1 && two.configuration.count == 1)
    #expect(alone.configuration != two.configuration && alone.digests != two.digests)
    #expect(alone.pods == two.pods && !two.pods.isEmpty)
    let bytes = try #require(Base64.decode(Array(two.configuration[0].utf8), padded: true))
    #expect(String(decoding: bytes, as: UTF8.self).contains("\"bandwidthMbps\":50"))
  }
}
