import CChildProcess
import CLibgit2
import Glibc

/// Git configuration taken from the environment, which libgit2 1.5 ignores (git(1), git-config(1)):
/// `GIT_CONFIG_GLOBAL`, `GIT_CONFIG_SYSTEM`, `GIT_CONFIG_NOSYSTEM`, `GIT_CONFIG_COUNT`, and the parameters that `git
/// -c` passes on.
///
/// It applies to operations on behalf of a user in a working folder, never to reading commits.
struct EnvironmentConfiguration {
  /// Pairs of `section.name` or `section.subsection.name` and a value; the last pair of a name wins.
  private(set) var values: [(name: String, value: String)] = []
  private let global: String?
  private let system: String?
  private let readsSystem: Bool

  init(_ variable: (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
    global = variable("GIT_CONFIG_GLOBAL")
    system = variable("GIT_CONFIG_SYSTEM")
    readsSystem = !["1", "true", "yes", "on"].contains(variable("GIT_CONFIG_NOSYSTEM")?.lowercased() ?? "")
    if let count = variable("GIT_CONFIG_COUNT").flatMap({ Int($0) }), count > 0 {
      for position in 0..<min(count, 10_000) {
        guard let name = variable("GIT_CONFIG_KEY_\(position)"), let value = variable("GIT_CONFIG_VALUE_\(position)")
        else { continue }
        values.append((name, value))
      }
    }
    values += Self.parameters(variable("GIT_CONFIG_PARAMETERS") ?? "")
  }

  /// Parses `'name'='value'` pairs separated by blanks, or `'name=value'` as written before Git 2.31.
  private static func parameters(_ text: String) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isEscaped = false
    func finish() {
      let parts = words + [word]
      if parts.count >= 2 {
        pairs.append((parts[0], parts[1]))
      } else if let sign = word.firstIndex(of: "=") {
        pairs.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
      } else if !word.isEmpty {
        pairs.append((word, "true"))
      }
      words = []
      word = ""
    }
    // Iterates over scalars, not characters: a combining mark after a quotation mark belongs to the value.
    for scalar in text.unicodeScalars {
      if isEscaped {
        word.unicodeScalars.append(scalar)
        isEscaped = false
      } else if scalar == "'" {
        isQuoted.toggle()
      } else if isQuoted {
        word.unicodeScalars.append(scalar)
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "=", words.isEmpty {
        words.append(word)
        word = ""
      } else if scalar == " " {
        finish()
      } else {
        word.unicodeScalars.append(scalar)
      }
    }
    finish()
    return pairs
  }

  /// The values in the format of a Git configuration file.
  var text: String {
    values.compactMap { name, value in
      guard let first = name.firstIndex(of: "."), let last = name.lastIndex(of: "."), first > name.startIndex,
        name.index(after: last) < name.endIndex
      else { return nil }
      let section = name[..<first]
      // A subsection's name must not contain line breaks.
      let inner = first < last ? name[name.index(after: first)..<last].unicodeScalars.filter { $0 != "\n" } : nil
      let subsection = inner.map { " \(GitConfigurationText.quoted(String(String.UnicodeScalarView($0))))" } ?? ""
      return
        "[\(section)\(subsection)]\n\t\(name[name.index(after: last)...]) = \(GitConfigurationText.quoted(value))\n"
    }.joined()
  }

  // MARK: - libgit2

  /// Returns the system's and the user's configuration, without a repository's.
  ///
  /// - Parameter memory: receives the file that holds the environment's values; must outlive the configuration.
  func open(_ memory: inout MemoryFile?) -> OpaquePointer? {
    var made: OpaquePointer?
    guard git_config_new(&made) == 0, let configuration = made else { return nil }
    func add(_ path: String, _ level: git_config_level_t, _ repository: OpaquePointer? = nil) {
      _ = git_config_add_file_ondisk(configuration, path, level, repository, 1)
    }
    func find(_ find: (UnsafeMutablePointer<git_buf>) -> Int32) -> String? {
      var buffer = git_buf()
      defer { git_buf_dispose(&buffer) }
      guard find(&buffer) == 0, let text = buffer.ptr else { return nil }
      return String(cString: text)
    }
    if readsSystem, let path = system ?? find(git_config_find_system) { add(path, GIT_CONFIG_LEVEL_SYSTEM) }
    if let global {
      add(global, GIT_CONFIG_LEVEL_GLOBAL)
    } else {
      if let path = find(git_config_find_xdg) { add(path, GIT_CONFIG_LEVEL_XDG) }
      if let path = find(git_config_find_global) { add(path, GIT_CONFIG_LEVEL_GLOBAL) }
    }
    let text = text
    if !text.isEmpty, let file = MemoryFile(Array(text.utf8)) {
      add(file.path, Self.highest)
      memory = file
    }
    return configuration
  }

  /// One level above libgit2's application level, which a worktree's own file uses here.
  private static let highest = git_config_level_t(rawValue: GIT_CONFIG_LEVEL_APP.rawValue + 1)

  /// Returns a setting's value outside any repository.
  func value(_ name: String) -> String? {
    git_libgit2_init()
    defer { git_libgit2_shutdown() }
    var memory: MemoryFile?
    guard let configuration = open(&memory) else { return nil }
    defer { git_config_free(configuration) }
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    guard git_config_get_string_buf(&buffer, configuration, name) == 0, let text = buffer.ptr else { return nil }
    return withExtendedLifetime(memory) { String(cString: text) }
  }
}

extension GitHandle {
  /// Replaces the repository's configuration with the one that Git would use. The result must live as long as that
  /// configuration is used.
  func take(_ environment: EnvironmentConfiguration) -> MemoryFile? {
    var memory: MemoryFile?
    guard let configuration = environment.open(&memory) else { return nil }
    defer { git_config_free(configuration) }
    let common = git_repository_commondir(pointer).map { String(cString: $0) } ?? gitFolder
    _ = git_config_add_file_ondisk(configuration, common + "config", GIT_CONFIG_LEVEL_LOCAL, pointer, 1)
    // `extensions.worktreeConfig` enables settings of this worktree alone.
    var isOn: Int32 = 0
    if git_config_get_bool(&isOn, configuration, "extensions.worktreeConfig") == 0, isOn == 1 {
      _ = git_config_add_file_ondisk(configuration, gitFolder + "config.worktree", GIT_CONFIG_LEVEL_APP, pointer, 1)
    }
    git_repository_set_config(pointer, configuration)
    return memory
  }
}
