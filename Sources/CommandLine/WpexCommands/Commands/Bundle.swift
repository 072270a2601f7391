import ArgumentParser
import FileAccess
import FoundationEssentials
import KeyBundles
import TextFormats
import YAMLSyntax
import Diagnostics

/// `wpex bundle`: decrypts and shows key bundles.
struct Bundle: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Inspect encrypted key bundles.", subcommands: [Inspect.self])

  struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decrypt a key bundle and show whose keys it holds, by fingerprint.",
      discussion: """
        The file is a bundle (binary or armored age) or a rendered relay-….yaml whose Secret holds one. Sealed keys are \
        opened too and checked against their binding. Key material is never shown.

        EXAMPLES
          wpex bundle inspect --identity acme.identity out/eu-north/wpex-acme/relay-milan-1.yaml
          wpex bundle inspect --demonstration acme out/eu-north/wpex-acme/relay-milan-1.yaml
          kubectl get secret milan-1-keys -o jsonpath='{.data.bundle\\.age}' | base64 -d \\
            | wpex bundle inspect --identity acme.identity -
        """)

    @Option(help: ArgumentHelp("A file with age identities; can be repeated.", valueName: "file"))
    var identity: [String] = []

    @Option(
      help: ArgumentHelp("Use a published identity of sample-repo: platform, or an organization.", valueName: "name"))
    var demonstration: String?

    @OptionGroup var result: ResultOptions<Status.OutputForm>

    @Argument(help: ArgumentHelp("The bundle, a rendered file, or - for standard input.", valueName: "file"))
    var file: String

    func validate() throws {
      if identity.isEmpty, demonstration == nil { throw ValidationError("give --identity FILE") }
    }

    func run() async throws {
      do {
        let identities = try identities()
        let bytes = file == "-" ? try Files.readStandardInput() : try Files.read(file)
        let bundle = try KeyBundle(decrypting: try age(in: bytes), with: identities)
        switch result.form {
        case .json: try result.write(json(bundle, identities).text(.indented))
        case .text: try result.show(text(bundle, identities))
        }
      } catch let error as KeyBundleError {
        throw CommandError(.refused, "`\(file)` cannot be opened: \(error.reason)")
      }
    }

    private func identities() throws -> [AgeIdentity] {
      var identities = try identity.flatMap { try AgeIdentity.parseFile(Files.read($0)) }
      if identities.contains(where: { DemonstrationIdentities.contains($0.recipient) }) {
        throw CommandError(
          .refused,
          "the identity is a published demonstration identity, which protects nothing: "
            + "pass --demonstration NAME if you mean it")
      }
      if let demonstration { identities.append(try DemonstrationIdentities.identity(named: demonstration)) }
      return identities
    }

    /// The age file itself, or the one inside a rendered Secret.
    private func age(in bytes: [UInt8]) throws -> [UInt8] {
      if bytes.starts(with: "age-encryption.org/".utf8) || AgeArmor.isArmored(bytes) { return bytes }
      let documents = YAMLParser.parse(SourceFile(path: file, bytes: bytes)).documents
      let encoded = documents.lazy.compactMap { $0.root["data"]?["bundle.age"]?.scalar?.text }.first
      guard let encoded, let data = Data(base64Encoded: encoded) else {
        throw CommandError(.refused, "`\(file)` is neither an age file nor a rendered Secret with `bundle.age`")
      }
      return Array(data)
    }

    private func json(_ bundle: KeyBundle, _ identities: [AgeIdentity]) -> JSON {
      [
        "org": .string(bundle.org), "relay": .string(bundle.relay),
        "keys": .array(
          bundle.keys.map { key in
            var members: JSON.Members = ["name": .string(key.name)]
            if let alias = key.alias { members["alias"] = .string(alias) }
            members["fingerprint"] = .string(key.fingerprint.text)
            members["state"] = .string(state(of: key, in: bundle, identities))
            return .object(members)
          }),
      ]
    }

    private func text(_ bundle: KeyBundle, _ identities: [AgeIdentity]) -> String {
      let names = bundle.keys.map(\.name.visible)
      let width = names.map(\.count).max() ?? 0
      let lines = zip(bundle.keys, names).map { key, name in
        "  \(name)\(String(repeating: " ", count: width - name.count))  \(key.fingerprint.text)  "
          + state(of: key, in: bundle, identities) + (key.alias.map { "  \($0.visible)" } ?? "")
      }
      let count = "\(bundle.keys.count) active key\(bundle.keys.count == 1 ? "" : "s")"
      return "relay \(bundle.relay.visible) of \(bundle.org.visible): \(count)\n" + lines.joined(separator: "\n")
    }

    private func state(of key: KeyBundle.Key, in bundle: KeyBundle, _ identities: [AgeIdentity]) -> String {
      guard case .sealed(let armored) = key.material else { return "clear" }
      let binding = SealedBinding(org: bundle.org, kind: "Key", name: key.name, field: "spec.sealedKey")
      do {
        let value = try SealedValue.open(armored, with: identities, expecting: binding)
        return "sealed, opens to \(try KeyFingerprint(of: WireGuardKey(value)).text)"
      } catch {
        return "sealed, cannot be opened here: \(error.reason)"
      }
    }
  }
}
