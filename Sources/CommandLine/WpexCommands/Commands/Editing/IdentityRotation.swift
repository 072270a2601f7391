import ArgumentParser
import ConfigCompiler
import ConfigModel
import FileAccess
import KeyBundles
import RepositoryEditing

extension Identity {
  /// `wpex identity rotate`.
  struct Rotate: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace the platform's identity, and seal everything again.",
      discussion: """
        Edits the repository: the platform's recipient, the key that signs what relays use, and the identity of every \
        organization, sealed to the new recipient. The new identity's file is created if it does not exist. Give the \
        daemon both identities in one file until the commit is applied.

        By default, organizations keep their identities, and the old key of `declarationKeys` stays beside the new one. \
        With --leaked, anybody who has the old identity can have opened those of the organizations too: each gets a new \
        one, what is sealed to it is sealed again, and the old signing key goes at once. Without --identity, because it \
        is lost, organizations also get new ones; the command names the keys that only their owners can seal again.

        EXAMPLES
          wpex identity rotate --identity ../platform.identity --new ../platform-2027.identity --commit
          wpex identity rotate --identity ../platform.identity --new ../platform-2027.identity --leaked --commit --sign
          wpex identity rotate --new ../platform-2027.identity --commit
        """)

    @OptionGroup var edit: EditOptions

    @Option(
      help: ArgumentHelp(
        "Files of the present identities: the platform's, and those of organizations that seal keys; can be repeated.",
        valueName: "file"))
    var identity: [String] = []

    @Option(
      name: .customLong("new"),
      help: ArgumentHelp("The new identity's file, outside the repository.", valueName: "file"))
    var newIdentity: String

    @Flag(help: "Replace the identities of organizations too, and the signing key at once.")
    var leaked = false

    func change(of base: Compilation) throws -> RepositoryEdit {
      guard let platform = base.platform.platform?.spec else {
        throw CommandError(.refused, "platform.yaml is missing or has errors: `wpex validate` shows them")
      }
      do {
        let file = try IdentityFile(newIdentity, outside: edit.repo)
        let known = try identity.flatMap { path in try AgeIdentity.parseFile(try Files.read(path)) }
        if file.identity.recipient.text == platform.recipient {
          throw CommandError(
            .refused, "`\(newIdentity)` is the identity that the platform has already: name another file")
        }
        if !identity.isEmpty, !known.contains(where: { $0.recipient.text == platform.recipient }) {
          throw CommandError(
            .refused,
            "none of the given identities is the platform's, \(platform.recipient): leave out --identity only if it is lost"
          )
        }
        var renewals: [RepositoryEdit.RenewedOrganization] = []
        var notes: [String] = []
        for unit in base.units {
          if let renewal = try renewal(of: unit, known, file.identity.recipient, &notes) { renewals.append(renewal) }
        }
        var made = try RepositoryEdit.renewIdentities(
          recipient: file.identity.recipient.text,
          declarationKeys: try declarationKeys(platform.declarationKeys, known, file.identity), organizations: renewals,
          in: base)
        if known.isEmpty, platform.declarationKeys.count > 1 {
          notes.append(
            "all keys of `declarationKeys` but the new one are gone: declare those of pipelines that render again")
        }
        made.notes += notes
        if !edit.dryRun { try file.keep() }
        return made
      } catch let error as KeyBundleError {
        throw CommandError(.refused, error.reason)
      }
    }

    /// Keys that sign declarations: the old one stays first, so that relays accept what it has signed until they know the new
    /// one. What leaked, or is lost, goes.
    private func declarationKeys(_ declared: [String], _ known: [AgeIdentity], _ new: AgeIdentity) throws -> [String] {
      guard !declared.isEmpty else { return [] }
      let own = try new.declarationKey().publicText
      guard leaked || known.isEmpty else { return declared.filter { $0 != own } + [own] }
      let old = try known.map { try $0.declarationKey().publicText }
      // Keys of pipelines that render have nothing to do with the identity. If it is lost, nobody can tell which is which.
      return [own] + (known.isEmpty ? [] : declared.filter { !old.contains($0) && $0 != own })
    }

    private func renewal(
      of unit: OrganizationUnit, _ known: [AgeIdentity], _ platform: AgeRecipient, _ notes: inout [String]
    ) throws -> RepositoryEdit.RenewedOrganization? {
      guard let declared = unit.organization?.spec.identity else { return nil }
      let binding = SealedBinding.identity(ofOrganization: unit.name)
      var present = known.first { $0.recipient.text == declared.recipient }
      if present == nil, let sealed = declared.sealedIdentity, !known.isEmpty {
        do {
          present = try AgeIdentity.parseFile(Array(try SealedValue.open(sealed, with: known, expecting: binding).utf8))
            .first
        } catch {
          notes.append("`\(unit.name)` gets a new identity, because its own cannot be opened: \(error.reason)")
        }
      }
      guard declared.sealedIdentity != nil || present != nil else {
        notes.append(
          "`\(unit.name)` keeps its identity, which is not sealed here: `wpex org identity \(unit.name)` replaces it")
        return nil
      }
      let keeps = present != nil && !leaked
      let next = try keeps ? present ?? AgeIdentity.generate() : AgeIdentity.generate()
      var identity = OrganizationIdentity()
      identity.recipient = next.recipient.text
      identity.sealedIdentity = try SealedValue.seal(next.text, for: binding, to: [platform])
      return RepositoryEdit.RenewedOrganization(
        name: unit.name, identity: identity,
        sealedKeys: keeps ? [:] : try sealedKeys(of: unit, present, next.recipient, &notes))
    }

    /// Keys that are sealed to an organization's identity, sealed to its next one.
    private func sealedKeys(
      of unit: OrganizationUnit, _ present: AgeIdentity?, _ next: AgeRecipient, _ notes: inout [String]
    ) throws -> [String: String] {
      var keys: [String: String] = [:]
      for key in unit.keys {
        guard let sealed = key.spec.sealedKey else { continue }
        let binding = SealedBinding(org: unit.name, kind: "Key", name: key.name, field: "spec.sealedKey")
        guard let present, let value = try? SealedValue.open(sealed, with: [present], expecting: binding) else {
          notes.append(
            "`\(unit.name)/\(key.name)` is sealed for an identity that is lost: its owner has to run `wpex key rotate`")
          continue
        }
        keys[key.name] = try SealedValue.seal(value, for: binding, to: [next])
      }
      return keys
    }
  }
}
