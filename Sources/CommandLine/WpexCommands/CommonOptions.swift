import ArgumentParser
import ConfigSchema
import FoundationEssentials
import Glibc

/// Options that every command accepts, anywhere before `--`: `-C DIR` and `--quiet`.
struct CommonOptions {
  /// Arguments without these options.
  private(set) var rest: [String] = []
  /// Folders to enter before the command runs. Each is relative to the one before it, as in Git.
  private(set) var folders: [String] = []
  private(set) var isQuiet = false

  /// Separates the common options from the rest.
  ///
  /// - Throws: `CommandError` if `-C` is not followed by a folder.
  init(_ arguments: [String]) throws {
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      switch argument {
      case "--":
        rest += arguments[(index - 1)...]
        return
      case "-q", "--quiet": isQuiet = true
      case "-C":
        guard index < arguments.count else { throw CommandError(.usage, "-C needs a folder to work in") }
        folders.append(arguments[index])
        index += 1
      default: rest.append(argument)
      }
    }
  }

  /// Changes to the folders of `-C`, in their order.
  ///
  /// - Throws: `CommandError` if a folder cannot be entered.
  func enterFolders() throws {
    for folder in folders where !folder.isEmpty {
      guard chdir(folder) == 0 else {
        throw CommandError(.failed, "`\(folder)` cannot be entered: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Arguments of this process.
  ///
  /// - Throws: `CommandError` if one is not UTF-8: it would name a different file from the one that the user meant.
  static func processArguments() throws -> [String] {
    var arguments: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let pointer = CommandLine.unsafeArgv[index] else { break }
      let bytes = UnsafeBufferPointer(start: pointer, count: strlen(pointer)).map { UInt8(bitPattern: $0) }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandError(
          .usage, "argument \(index) is not UTF-8: `\(String(decoding: bytes, as: UTF8.self))`")
      }
      arguments.append(text)
    }
    return arguments
  }

  /// Checks the names of commands, which ArgumentParser would report as unexpected arguments.
  ///
  /// - Throws: `CommandError` if a word at the position of a command is not the name of one.
  static func requireCommands(_ arguments: [String], of root: any ParsableCommand.Type) throws {
    var command = root
    var names = ["wpex"]
    for word in arguments {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
      let known = Dictionary(
        subcommands.flatMap { type in ([type._commandName] + type.configuration.aliases).map { ($0, type) } },
        uniquingKeysWith: { first, _ in first })
      guard let next = known[word] else {
        let line = names.joined(separator: " ")
        let hint =
          Spelling.nearest(to: word, among: known.keys.sorted()).map { "did you mean `\(line) \($0)`?" }
          ?? "`\(line) --help` lists them"
        throw CommandError(.usage, "there is no command `\(line) \(word)`: \(hint)")
      }
      names.append(word)
      command = next
    }
  }
}
