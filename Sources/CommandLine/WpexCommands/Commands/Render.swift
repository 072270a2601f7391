import ArgumentParser
import ConfigCompiler
import ConfigModel
import Diagnostics
import FileAccess
import FoundationEssentials
import KeyBundles
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
      Relays never go back: each output needs a greater serial than those before. By default that is the commit's time, or \
      the time of --now, in milliseconds.

      EXAMPLES
        wpex render --out out
        wpex render --rev v12 --out out --render-secret-file /etc/wpex/render.secret
        wpex render --rev main --out out --signing-key /etc/wpex/render.signing-key
        wpex render --out out && kubectl diff --kustomize out/eu-north
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var out: String

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
  }

  func run() async throws {
    let compilation = try await repository.compile()
    let errors = compilation.diagnostics.filter(compilation.holdsBack)
    if !errors.isEmpty {
      let report = DiagnosticReport(errors, files: SourceFiles(of: errors, compilation.source))
      Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
      throw ExitCode(1)
    }
    let files: [Renderer.File]
    do {
      let options = Renderer.Options(
        renderSecret: try renderSecret(), version: kubernetesVersion, allowsDemonstrationIdentities: demonstration)
      let keys = try signingKeys()
      let serial = serial ?? Int(max(compilation.now.unixSeconds, 1)) * 1_000
      files = try Renderer(compilation, options: options).render { object throws(Renderer.Failure) in
        try Self.declared(object, serial: serial, keys)
      }
    } catch let failure as Renderer.Failure {
      throw CommandError(.refused, failure.description)
    }
    try prepareFolder(keeping: Set(files.map(\.path)))
    for file in files {
      try Files.makeFolder(Files.parent(of: "\(out)/\(file.path)"))
      try Files.write(Array(file.text.utf8), to: "\(out)/\(file.path)")
    }
    Terminal.note("rendered \(files.count) files to \(out)")
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
  private func prepareFolder(keeping kept: Set<String>) throws {
    let manager = FileManager.default
    try Files.makeFolder(out)
    let present = (try? manager.subpathsOfDirectory(atPath: out)) ?? []
    guard present.isEmpty || present.contains(Self.marker) else {
      throw CommandError(
        .refused, "`\(out)` is not empty and was not written by `wpex render`: name a new folder, or empty it")
    }
    try Files.write(Array("This folder is written by `wpex render`.\n".utf8), to: "\(out)/\(Self.marker)")
    for path in present where path.hasSuffix(".yaml") && !kept.contains(path) {
      try? manager.removeItem(atPath: "\(out)/\(path)")
    }
  }
}

extension KubernetesVersion: ExpressibleByArgument {
  package init?(argument: String) { self.init(parsing: argument) }
}
