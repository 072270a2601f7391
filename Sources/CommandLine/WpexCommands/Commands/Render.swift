import ArgumentParser
import ConfigCompiler
import ConfigModel
import Diagnostics
import FileAccess
import FoundationEssentials
import GitStore
import KeyBundles
import KubernetesClient
import KubernetesModel
import SyncEngine
import TextFormats

/// `wpex render`: Kubernetes manifests in a folder.
struct Render: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write Kubernetes manifests and encrypted key bundles.",
    discussion: """
      Writes <out>/<region>/<namespace>/….yaml with a kustomization.yaml in every folder, so that kustomize, Flux or \
      Argo CD can apply them. Files of an earlier run that are no longer rendered are removed.

      With a render secret (at least 32 bytes, in a file, or its path in WPEX_RENDER_SECRET_FILE) the same repository \
      always gives the same output, byte for byte; without one, key bundles differ from run to run.

      If the platform has `declarationKeys`, its relays use only what one of those keys has signed. --signing-key (or \
      WPEX_SIGNING_KEY_FILE) is the file of one, which `wpex identity signing-key --out` creates, or the platform's identity. \
      Relays never go back: each output needs a greater serial than those before. By default that is the commit's time in \
      milliseconds, or one more than its parent's serial if that is later; the time of --now if that is later still.

      Rendered manifests hold no secret: a daemon makes organizations' identities and the keys of relays' clusters, and with \
      Argo CD or Flux, you do. `required-secrets.txt` in each region's folder lists them, and so does --check-secrets. With \
      --kubeconfig or --context, --check-secrets looks whether the cluster has them, and ends with 1 if a required one is \
      missing or unusable. Without --context, the cluster of each region is the kubeconfig's context that `cluster` names.

      EXAMPLES
        wpex render --out out
        wpex render --rev v12 --out out --render-secret-file /etc/wpex/render.secret
        wpex render --rev main --out out --signing-key /etc/wpex/render.signing-key
        wpex render --out out && kubectl diff --kustomize out/eu-north
        wpex render --check-secrets --region eu-north --context eu-north
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var out: String?

  @Flag(help: "List the Secrets that manifests lack, and look for them in a cluster.")
  var checkSecrets = false

  @Option(help: ArgumentHelp("The kubeconfig of the clusters to look in.", valueName: "file"))
  var kubeconfig: String?

  @Option(help: ArgumentHelp("The kubeconfig's context to look in, for one region.", valueName: "name"))
  var context: String?

  @Option(help: ArgumentHelp("List the Secrets of this region only; can be repeated.", valueName: "name"))
  var region: [String] = []

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  @Option(
    help: ArgumentHelp("A file with at least 32 random bytes that makes key bundles reproducible.", valueName: "file"))
  var renderSecretFile: String?

  @Option(help: ArgumentHelp("A key that signs what relays use, or the platform's identity.", valueName: "file"))
  var signingKey: String?

  @Option(help: ArgumentHelp("The serial of what is signed; greater than all before.", valueName: "number"))
  var serial: Int?

  @Option(help: ArgumentHelp("The Kubernetes version to write for.", valueName: "major.minor"))
  var kubernetesVersion = KubernetesVersion.newest

  @Flag(help: "Allow the published identities of sample-repo. They protect nothing.")
  var demonstration = false

  /// File that marks a folder as written by `wpex render`: only such folders are cleaned up, and validation skips them.
  private static let marker = TreeRules.renderMarker

  func validate() throws {
    if let serial, serial < 1 { throw ValidationError("--serial must be 1 or more") }
    guard out != nil || checkSecrets else { throw ValidationError("give --out DIR, or --check-secrets") }
    guard !checkSecrets else { return }
    if kubeconfig != nil || context != nil || !region.isEmpty {
      throw ValidationError("--kubeconfig, --context and --region are for --check-secrets")
    }
  }

  func run() async throws {
    let compilation = try await repository.compile()
    let errors = compilation.diagnostics.filter(compilation.holdsBack)
    if !errors.isEmpty {
      let report = DiagnosticReport(errors, files: SourceFiles(of: errors, compilation.source))
      Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
      throw ExitCode(1)
    }
    if let out { try await write(compilation, to: out) }
    if checkSecrets { try await checkSecrets(of: compilation) }
  }

  /// Renders everything into a folder.
  private func write(_ compilation: Compilation, to out: String) async throws {
    let files: [Renderer.File]
    do {
      let options = Renderer.Options(
        renderSecret: try renderSecret(), version: kubernetesVersion, allowsDemonstrationIdentities: demonstration)
      let keys = try signingKeys()
      let serial = if let serial { serial } else { try await standardSerial(at: compilation.now) }
      files = try Renderer(compilation, options: options).render { object throws(Renderer.Failure) in
        try Self.declared(object, serial: serial, keys)
      }
    } catch let failure as Renderer.Failure {
      throw CommandError(.refused, failure.description)
    }
    let lists = Dictionary(grouping: SuppliedEntry.all(in: compilation), by: \.region).map { region, entries in
      (path: "\(region)/\(SuppliedSecrets.file)", text: SuppliedSecrets(entries).text + "\n")
    }
    let written = files.map { (path: $0.path, text: $0.text) } + lists
    try prepareFolder(out, keeping: Set(written.map(\.path)))
    for file in written {
      try Files.makeFolder(Files.parent(of: "\(out)/\(file.path)"))
      try Files.write(Array(file.text.utf8), to: "\(out)/\(file.path)")
    }
    Terminal.note("rendered \(files.count) files to \(out)")
  }

  /// Lists the Secrets that manifests lack, and looks for them if a cluster is named.
  private func checkSecrets(of compilation: Compilation) async throws {
    let platform = compilation.platform.platform?.spec
    try platform?.check(named: region)
    let entries = SuppliedEntry.all(in: compilation, regions: region.isEmpty ? nil : region)
    let regions = Set(entries.map(\.region))
    if context != nil, regions.count > 1 {
      throw CommandError(.usage, "--context is the cluster of one region: add --region, or leave it out")
    }
    guard kubeconfig != nil || context != nil else { return try show(SuppliedSecrets(entries)) }
    let found = try await CommandError.mappingErrors {
      let file = try Kubeconfig(path: kubeconfig ?? Self.ownKubeconfig)
      var clients: [String: KubernetesClient] = [:]
      for name in regions {
        let cluster = platform?.region(name)?.cluster
        let access = try file.access(context: context ?? (cluster == Region().cluster ? nil : cluster))
        clients[name] = try KubernetesClient(access)
      }
      let result: Result<SuppliedSecrets, KubernetesClientError>
      do throws(KubernetesClientError) {
        result = .success(
          try await SuppliedSecrets(entries) { (region) throws(KubernetesClientError) in
            guard let client = clients[region] else {
              throw KubernetesClientError(.invalid, "region `\(region)` has no cluster")
            }
            return client
          })
      } catch {
        result = .failure(error)
      }
      for client in clients.values { await client.shutDown() }
      return try result.get()
    }
    try show(found)
    guard found.lacking.isEmpty else {
      throw CommandError(
        .refused,
        "\(counted(found.lacking.count, "required entry", plural: "required entries")) of Secrets missing or unusable")
    }
  }

  private func show(_ secrets: SuppliedSecrets) throws {
    if result.form == .json {
      try result.write(secrets.json.text(.indented))
    } else {
      try result.show(secrets.text)
    }
  }

  /// The kubeconfig that kubectl uses, if none is named.
  private static var ownKubeconfig: String {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["KUBECONFIG"], !path.isEmpty { return path }
    return "\(environment["HOME"] ?? "")/.kube/config"
  }

  /// The serial of what is rendered: it grows with each commit, even if several are of one second.
  private func standardSerial(at now: Timestamp) async throws -> Int {
    guard let revision = repository.rev else {
      let isClock = repository.now == nil
      return isClock ? Int(Date.now.timeIntervalSince1970 * 1_000) : Self.milliseconds(now)
    }
    do {
      let time = try await GitRepository(at: repository.repo).correctedTime(of: revision)
      if time.lacksAncestors {
        Terminal.note(
          "note: this is a shallow clone, so that the serial may not be greater than that of the commit before: "
            + "`git fetch --unshallow` fetches all commits (in CI: `fetch-depth: 0`)")
      }
      return max(Self.milliseconds(now), Int(time.milliseconds))
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
  }

  /// Milliseconds since 1970; `Int.max` for a time that is too large.
  private static func milliseconds(_ time: Timestamp) -> Int {
    let product = Int(max(time.unixSeconds, 1)).multipliedReportingOverflow(by: 1_000)
    return product.overflow ? .max : product.partialValue
  }

  private func signingKeys() throws -> [SigningKey] {
    if let path = signingKey ?? ProcessInfo.processInfo.environment["WPEX_SIGNING_KEY_FILE"], !path.isEmpty {
      return try SigningKeyFile.read(path)
    }
    return demonstration ? [try DemonstrationIdentities.identity(named: "platform").declarationKey()] : []
  }

  /// Returns the content of an object's file, with the signed declaration if relays want one.
  private static func declared(
    _ object: RenderedObject, serial: Int, _ keys: [SigningKey]
  ) throws(Renderer.Failure) -> JSON {
    var object = object
    do throws(KeyBundleError) {
      if !object.declarationKeys.isEmpty { object.signer = try DeclarationSigner(object.declarationKeys, among: keys) }
      return try object.declared(serial: serial)
    } catch {
      let relay = "`\(object.origin.org)/\(object.origin.relay ?? "")`"
      guard error.code == .noMatch else { throw .signature(relay: relay, error) }
      throw .signature(
        relay: relay, KeyBundleError(.noMatch, "\(error.reason); name the file of a declared one with --signing-key"))
    }
  }

  private func renderSecret() throws -> RenderSecret? {
    let path = renderSecretFile ?? ProcessInfo.processInfo.environment["WPEX_RENDER_SECRET_FILE"]
    guard let path, !path.isEmpty else { return nil }
    do {
      return try RenderSecret(bytes: Files.read(path))
    } catch let error as KeyBundleError {
      throw CommandError(.refused, "`\(path)` cannot be the render secret: \(error.reason)")
    }
  }

  /// Removes the files of an earlier run that this one does not write; refuses a folder that contains other files.
  private func prepareFolder(_ out: String, keeping kept: Set<String>) throws {
    let manager = FileManager.default
    try Files.makeFolder(out)
    // The folder may be a work tree of Git.
    let present = ((try? manager.subpathsOfDirectory(atPath: out)) ?? []).filter {
      $0 != ".git" && !$0.hasPrefix(".git/")
    }
    guard present.isEmpty || present.contains(Self.marker) else {
      throw CommandError(
        .refused, "`\(out)` is not empty and was not written by `wpex render`: name a new folder, or empty it")
    }
    try Files.write(Array("This folder is written by `wpex render`.\n".utf8), to: "\(out)/\(Self.marker)")
    for path in present
    where (path.hasSuffix(".yaml") || path.hasSuffix("/\(SuppliedSecrets.file)")) && !kept.contains(path) {
      try? manager.removeItem(atPath: "\(out)/\(path)")
    }
  }
}

extension KubernetesVersion: ExpressibleByArgument {
  package init?(argument: String) { self.init(parsing: argument) }
}
