import ConfigCompiler
import ConfigModel
import KeyBundles
import KubernetesModel
import RepositorySupport
import TestSupport
import Testing

@Suite struct RenderTests {
  @Test func sampleRepositoryIsClean() async throws {
    let compilation = try await SampleRepository.compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
  }

  /// One relay with everything, as a golden file; the rest is judged by Kubernetes itself.
  @Test func oneRelayAndItsOrganization() async throws {
    let files = try SampleRepository.render(try await SampleRepository.compile())
    for path in ["eu-south/nordsud-acme/relay-milan-1.yaml", "eu-north/nordsud-acme/organization.yaml"] {
      let file = try #require(files.first { $0.path == path })
      // What is encrypted changes with every key; its reproducibility has a test of its own.
      let text = file.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.hasPrefix("  bundle.age: ") ? "  bundle.age: (encrypted)" : String($0) }.joined(separator: "\n")
      expectGolden(text, at: "\(folder())/Golden/render/\(path)")
    }
  }

  @Test func rendersTheSameBytesWhateverTheOrder() async throws {
    var repository = try await SampleRepository.load()
    let first = try SampleRepository.render(await repository.compile(now: SampleRepository.now))
    repository.entries.shuffle()
    let shuffled = await Compiler.compile(
      RepositoryTree(entries: repository.entries), contents: repository.contents,
      now: try #require(Timestamp(SampleRepository.now)))
    #expect(try SampleRepository.render(shuffled) == first)
  }

  @Test func withoutRenderSecretOnlyBundlesDiffer() async throws {
    let compilation = try await SampleRepository.compile()
    let options = Renderer.Options(allowsDemonstrationIdentities: true)
    let first = try SampleRepository.render(compilation, version: options)
    let second = try SampleRepository.render(compilation, version: options)
    #expect(first != second)
    func withoutBundles(_ files: [Renderer.File]) -> [String] {
      files.map { file in
        file.text.split(separator: "\n").filter { !$0.hasPrefix("  bundle.age: ") }.joined(separator: "\n")
      }
    }
    #expect(withoutBundles(first) == withoutBundles(second))
  }

  @Test func refusesDemonstrationIdentities() async throws {
    let compilation = try await SampleRepository.compile()
    #expect(throws: Renderer.Failure.self) {
      try SampleRepository.render(compilation, version: Renderer.Options())
    }
  }

  @Test func refusesErrors() async {
    var repository = MemoryRepository(["platform.yaml": "kind: Platform\n"])
    repository.set("docs/x", [])
    let compilation = await repository.compile()
    #expect(throws: Renderer.Failure.self) { try Renderer(compilation, options: SampleRepository.options) }
  }

  /// A key's change alters the Secret alone: no pod restarts.
  @Test func keyChangeAltersOnlyTheBundle() async throws {
    var repository = try await SampleRepository.load()
    let before = try SampleRepository.render(await repository.compile(now: SampleRepository.now))
    let path = "orgs/acme/keys/warehouse-rome.yaml"
    let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
    repository.set(path, Array(text.replacing("status: active", with: "status: revoked").utf8))
    repository.set("orgs/acme/relays/milan-1.yaml", withoutTests(repository, "orgs/acme/relays/milan-1.yaml"))
    let after = try SampleRepository.render(await repository.compile(now: SampleRepository.now))
    let changed = zip(before, after).filter { $0 != $1 }
    #expect(changed.map(\.0.path) == ["eu-south/nordsud-acme/relay-milan-1.yaml"])
    for (old, new) in changed {
      let oldDocuments = old.text.split(separator: "---\n")
      let newDocuments = new.text.split(separator: "---\n")
      let differing = zip(oldDocuments, newDocuments).filter { $0 != $1 }
      #expect(differing.count == 1 && differing.allSatisfy { $0.0.contains("kind: Secret") })
    }
  }

  /// The relay's reachability tests name the key; an operator would change them in the same commit.
  private func withoutTests(_ repository: MemoryRepository, _ path: String) -> [UInt8] {
    let text = String(decoding: repository.contents[path] ?? [], as: UTF8.self)
    return Array(text.replacing("      - [headquarters, warehouse-rome]\n", with: "").utf8)
  }

  @Test func anUnrelatedCommitChangesNothing() async throws {
    var repository = try await SampleRepository.load()
    let before = try SampleRepository.render(await repository.compile(now: SampleRepository.now))
    repository.set("docs/notes.md", Array("more\n".utf8))
    let path = "orgs/hooli/users/gavin.yaml"
    let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
    repository.set(path, Array(text.replacing("Gavin", with: "Gavin B").utf8))
    #expect(try SampleRepository.render(await repository.compile(now: SampleRepository.now)) == before)
  }
}

/// Kubernetes' own opinion of what we write.
@Suite(.serialized) struct KubernetesJudgeTests {
  @Test func kubernetesValidateAcceptsEveryManifest() async throws {
    let files = try SampleRepository.render(try await SampleRepository.compile())
    try ExternalCommand.withFolder { folder in
      try SampleRepository.write(files, to: "\(folder)/render")
      let outcome = try Judge.run("manifests.py", "\(folder)/render", folder: folder)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
  }

  @Test func kustomizeBuildsEveryRegion() async throws {
    let kubectl = try #require(ExternalCommand.path(of: "kubectl"), "run `scripts/setup`")
    let files = try SampleRepository.render(try await SampleRepository.compile())
    try ExternalCommand.withFolder { folder in
      try SampleRepository.write(files, to: folder)
      for region in ["eu-north", "eu-south"] {
        let outcome = try ExternalCommand.run(kubectl, ["kustomize", "\(folder)/\(region)"], folder: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let rendered = files.filter { $0.path.hasPrefix(region) && !$0.path.hasSuffix("kustomization.yaml") }
        let expected = rendered.reduce(0) { $0 + $1.text.split(separator: "---\n").count }
        #expect(outcome.output.split(separator: "---\n").count == expected)
      }
    }
  }

  /// A real kube-apiserver, which is of 1.20: what is written for it, it accepts.
  @Test(.enabled(if: Judge.variable("WPEX_KUBECONFIG") != nil, "make test starts the API server"))
  func apiServerAcceptsEverything() async throws {
    let kubectl = try #require(ExternalCommand.path(of: "kubectl"), "run `scripts/setup`")
    let kubeconfig = try #require(Judge.variable("WPEX_KUBECONFIG"))
    var options = SampleRepository.options
    options.version = KubernetesVersion(major: 1, minor: 20)
    let files = try SampleRepository.render(try await SampleRepository.compile(), version: options)
    try ExternalCommand.withFolder { folder in
      try SampleRepository.write(files, to: folder)
      func apply(_ region: String, _ arguments: String...) throws -> ExternalCommand.Outcome {
        let built = try ExternalCommand.run(kubectl, ["kustomize", "\(folder)/\(region)"], folder: folder)
        return try ExternalCommand.run(
          kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", "-"] + arguments, folder: folder,
          input: Array(built.output.utf8))
      }
      for region in ["eu-north", "eu-south"] {
        // A dry run of what lives in a namespace needs the namespace itself.
        for file in files where file.path.hasPrefix(region) && file.path.hasSuffix("/organization.yaml") {
          let namespace = file.text.split(separator: "---\n")[0]
          let made = try ExternalCommand.run(
            kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", "-"], folder: folder,
            input: Array(namespace.utf8))
          #expect(made.status == 0, "\(made.errors)")
        }
        let outcome = try apply(region, "--dry-run=server")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("deployment.apps/"))
      }
    }
  }
}
