import ArgumentParser
import ConfigCompiler
import Diagnostics
import FileAccess
import FoundationEssentials
import KeyBundles
import KubernetesModel

/// `wpex render`: Kubernetes manifests in a folder.
struct Render: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write Kubernetes manifests and encrypted key bundles.",
    discussion: """
      Writes <out>/<region>/<namespace>/….yaml with a kustomization.yaml in every folder, so that kustomize, Flux or \
      Argo CD can apply them. Files of an earlier run that are no longer rendered are removed.

      With a render secret (at least 32 bytes, in a file, or its path in WPEX_RENDER_SECRET_FILE) the same repository \
      always gives the same output, byte for byte; without one, key bundles differ from run to run.

      EXAMPLES
        wpex render --out out
        wpex render --rev v12 --out out --render-secret-file /etc/wpex/render.secret
        wpex render --out out && kubectl diff --kustomize out/eu-north
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var out: String

  @Option(
    help: ArgumentHelp("A file with at least 32 random bytes that makes key bundles reproducible.", valueName: "file"))
  var renderSecretFile: String?

  @Option(help: ArgumentHelp("The Kubernetes version to write for.", valueName: "major.minor"))
  var kubernetesVersion = KubernetesVersion.newest

  @Flag(help: "Allow the published identities of sample-repo. They protect nothing.")
  var demonstration = false

  /// File that marks a folder as written by `wpex render`: only such folders are cleaned up, and validation skips them.
  private static let marker = TreeRules.renderMarker

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
      files = try Renderer(compilation, options: options).render()
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
