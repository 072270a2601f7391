import ConfigCompiler
import ConfigModel
import RepositoryEditing

/// Everything a repository declares, to be compared as a whole.
struct JudgedModel: Equatable {
  var platform: Resource<PlatformSpec>?
  var organizations: [String: Resource<OrganizationSpec>] = [:]
  var users: [DocumentAddress: Resource<UserSpec>] = [:]
  var keys: [DocumentAddress: Resource<KeySpec>] = [:]
  var relays: [DocumentAddress: Resource<RelaySpec>] = [:]

  init(_ compilation: Compilation) {
    platform = compilation.platform.platform?.resource
    for user in compilation.platform.users { users[DocumentAddress(org: nil, name: user.name)] = user.resource }
    for unit in compilation.units {
      func address(_ name: String) -> DocumentAddress { DocumentAddress(org: unit.name, name: name) }
      organizations[unit.name] = unit.organization?.resource
      for user in unit.users { users[address(user.name)] = user.resource }
      for key in unit.keys { keys[address(key.name)] = key.resource }
      for relay in unit.relays { relays[address(relay.name)] = relay.resource }
    }
  }
}

/// A repository in memory that edits are judged on.
struct JudgedRepository {
  let files: [String: [UInt8]]
  let base: Compilation
  let model: JudgedModel

  init(_ files: [String: [UInt8]]) async {
    self.files = files
    base = await Self.compile(files, reusing: nil)
    model = JudgedModel(base)
  }

  /// What the edited repository declares.
  func model(after changes: [RepositoryEdit.FileChange]) async -> JudgedModel {
    var files = files
    for change in changes { files[change.path] = change.after }
    return JudgedModel(await Self.compile(files, reusing: base))
  }

  private static func compile(_ files: [String: [UInt8]], reusing earlier: Compilation?) async -> Compilation {
    let entries = files.keys.sorted().map { path in
      let bytes = files[path] ?? []
      // A digest stands for Git's object id: equal contents, equal identity.
      let identity = ContentIdentity(Array("\(bytes.hashValue)".utf8))
      return TreeEntry(path: path, kind: .file, size: bytes.count, identity: identity)
    }
    return await Compiler.compile(
      RepositoryTree(entries: entries), contents: files, now: Timestamp(unixSeconds: 1_795_000_000), reusing: earlier)
  }
}
