import ArgumentParser
import ConfigSchema
import FoundationEssentials
import Glibc

/// The options that every command takes, anywhere before `--`: `-C DIR` and `--quiet`.
struct CommonOptions {
  /// The arguments without these options.
  private(set) var rest: [String] = []
  /// Where the command works; folders of several are taken one after the other, as Git does.
  private(set) var folders: [String] = []
  private(set) var isQuiet = false

  /// - Throws: `CommandError` if `-C` has no folder.
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
        guard index < arguments.count else { throw CommandError(.usage, "-C takes a folder to work in") }
        folders.append(arguments[index])
        index += 1
      default: rest.append(argument)
      }
    }
  }

  /// - Throws: `CommandError` if a folder cannot be entered.
  func enterFolders() throws {
    for folder in folders where !folder.isEmpty {
      guard chdir(folder) == 0 else {
        throw CommandError(.failed, "`\(folder)` cannot be entered: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// The arguments of this process.
  ///
  /// - Throws: `CommandError` if one is not UTF-8: it would name another file than the one that was meant.
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

  /// - Throws: `CommandError` if a word is in the place of a command, and no command has that name.
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
