import ArgumentParser
import ConfigModel
import ConfigSchema
import FileAccess
import LegacyImport
import RepositoryEditing
import FoundationEssentials
import GitStore
import TextFormats

/// Inputs of `wpex init`, from options or answers.
struct InitAnswers: ParsableArguments {
  @Option(help: ArgumentHelp("Name of the platform. Default: the folder's name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Display name of the first admin.", valueName: "text"))
  var adminName: String?

  @Option(help: ArgumentHelp("The first admin's address.", valueName: "address"))
  var adminEmail: String?

  @Option(help: ArgumentHelp("The first admin's account on GitHub.", valueName: "account"))
  var adminGithub: String?

  @Option(help: ArgumentHelp("The first admin's account on GitLab.", valueName: "account"))
  var adminGitlab: String?

  @Option(help: ArgumentHelp("The first admin's Ed25519 SSH public key, which signs commits.", valueName: "file"))
  var sshKey: String?

  @Option(help: ArgumentHelp("The first region.", valueName: "name"))
  var region: String?

  @Option(help: ArgumentHelp("The host name or address that peers send to.", valueName: "host"))
  var publicHost: String?

  @Option(help: ArgumentHelp("The region's UDP ports.", valueName: "low-high"))
  var portRange: String?

  @Option(help: ArgumentHelp("The kubeconfig context of the region's cluster, or in-cluster.", valueName: "context"))
  var cluster = "in-cluster"

  @Option(help: "CI system to write files for.")
  var ci: Init.Host?

  @Option(
    help: ArgumentHelp(
      "Write the daemon's settings, which pin it to the first commit, to this new file outside the repository.",
      valueName: "file"))
  var settings: String?

  @Option(help: ArgumentHelp("The image that CI jobs run in.", valueName: "image"))
  var ciImage: String?

  @Option(help: ArgumentHelp("The image of wpex-relay, REPOSITORY:TAG or with @DIGEST.", valueName: "image"))
  var image: String?

  @Flag(help: "Do not ask: use the default for every option that is left out.")
  var defaults = false

  /// Completes the answers, by asking for missing ones at a terminal.
  ///
  /// - Parameters:
  ///   - folder: name of the repository's folder, from which the platform's default name is derived.
  ///   - standardSettings: default file for the daemon's settings.
  /// - Throws: `CommandError` that names the option that is missing or invalid.
  func completed(folder: String, standardSettings: String) throws -> InitAnswers {
    var answers = self
    let dialogue = Dialogue(isInteractive: Terminal.isInteractive && !defaults)
    answers.name = try dialogue.answer(
      name, "--name", "What is the platform called", default: Self.name(from: folder), .label)
    answers.adminName = try dialogue.answer(
      adminName, "--admin-name", "The first admin's name",
      default: GitWorktree.userConfiguration("user.name") ?? "Admin", .text)
    answers.adminEmail = try dialogue.answer(
      adminEmail, "--admin-email", "The first admin's e-mail address",
      default: GitWorktree.userConfiguration("user.email"), .email)
    answers.adminGithub = try dialogue.answer(
      adminGithub, "--admin-github", "The admin's account on GitHub, if any", default: "", .account)
    answers.adminGitlab = try dialogue.answer(
      adminGitlab, "--admin-gitlab", "The admin's account on GitLab, if any", default: "", .account)
    answers.sshKey = try dialogue.answer(
      sshKey, "--ssh-key", "A file with the admin's SSH public key, which signs commits, if any",
      default: dialogue.isInteractive ? Self.usualKey : "", .keyFile)
    answers.region = try dialogue.answer(region, "--region", "The first region", default: "default", .label)
    answers.publicHost = try dialogue.answer(
      publicHost, "--public-host", "The host name or address that peers send to", default: nil, .host)
    answers.portRange = try dialogue.answer(
      portRange, "--port-range", "Its UDP ports", default: "30000-32767", .portRange)
    answers.image = try dialogue.answer(
      image, "--image", "The image of wpex-relay", default: "ghcr.io/wpex/wpex-relay:\(WpexVersion.text)", .image)
    let host = try dialogue.answer(
      ci?.rawValue, "--ci", "Whose CI files (github, gitlab or none)", default: Init.Host.github.rawValue,
      .host(of: Init.Host.self))
    answers.ci = Init.Host(rawValue: host)
    answers.settings = try dialogue.answer(
      settings, "--settings", "A new file for the daemon's settings, which pin it to the first commit; - for none",
      default: dialogue.isInteractive ? standardSettings : "-", .text)
    return answers
  }

  /// The new repository that the answers describe.
  ///
  /// - Parameter declarationKey: the key that signs what relays use; nil if the identity that it is derived from is elsewhere.
  /// - Throws: `CommandError` if the image or the SSH key cannot be parsed.
  func repository(recipient: String, declarationKey: String?) throws -> NewRepository {
    let email = adminEmail ?? ""
    var admin = NewUser(displayName: adminName ?? "", email: email, roles: [BuiltInRole.admin.rawValue])
    admin.status = .active
    admin.identities.github = adminGithub.flatMap { $0.isEmpty ? nil : $0 }
    admin.identities.gitlab = adminGitlab.flatMap { $0.isEmpty ? nil : $0 }
    admin.identities.email = [email]
    if let sshKey, !sshKey.isEmpty { admin.identities.sshKeys = [try SSHKeyFile.read(sshKey)] }
    var region = Region()
    region.name = self.region ?? ""
    region.cluster = cluster
    region.publicHost = publicHost ?? ""
    region.portRange = portRange.flatMap { PortRange($0) }
    guard let image = image.flatMap(ImageReference.parse) else {
      throw CommandError(.usage, "--image must be REPOSITORY:TAG, or with @sha256:…")
    }
    let templates: [CITemplate] =
      switch ci {
      case .github: CITemplate.github
      case .gitlab: CITemplate.gitlab
      case .some(.none), nil: []
      }
    return NewRepository(
      name: name ?? "", adminName: Self.name(from: adminName ?? "") ?? "admin", admin: admin, region: region,
      image: image, recipient: recipient, declarationKey: declarationKey,
      pipeline: ciImage.map { image in templates.map { $0.naming(image: image) } } ?? templates)
  }

  /// The text as a lower-case name; nil if no character of it can be used.
  private static func name(from text: String) -> String? {
    DocumentNames.label(text)
  }

  private static var usualKey: String {
    let path = "\(ProcessInfo.processInfo.environment["HOME"] ?? "")/.ssh/id_ed25519.pub"
    return Files.exists(path) ? path : ""
  }
}
