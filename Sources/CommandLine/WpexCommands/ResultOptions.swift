import ArgumentParser
import FileAccess

/// Options for the form of a result and its destination, the same in every command.
struct ResultOptions<Form: ResultForm>: ParsableArguments {
  @Option(help: "The result's form. (default: text)")
  var format: Form?

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write the result to this file; - is standard output. The name of a form is taken for --format.",
      valueName: "file"))
  var output: String?

  func validate() throws {
    if json, let format, format != .json { throw ValidationError("give --format or --json, not both") }
    if let named, named != format ?? (json ? .json : named) {
      throw ValidationError(
        "--output names a file, and `\(named.rawValue)` is a form: write `--output ./\(named.rawValue)`")
    }
  }

  /// Form named by `--output`, as earlier versions allowed.
  private var named: Form? { output.flatMap { Form(rawValue: $0) } }

  /// Form of the result; text by default.
  var form: Form { format ?? (json ? .json : named ?? .text) }

  /// File for the result; nil for standard output.
  var file: String? { named == nil && output != "-" ? output : nil }

  /// Writes a result for programs.
  ///
  /// - Throws: `FileAccessError` if the file cannot be written.
  func write(_ text: String) throws {
    guard let file else { return Terminal.output(text) }
    try Files.write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: file)
  }

  /// Writes a result for people.
  ///
  /// - Throws: `FileAccessError` if the file cannot be written.
  func show(_ text: String) throws {
    guard file == nil else { return try write(text) }
    Terminal.show(text)
  }
}
