import TextFormats
import TestSupport

/// Reads YAML documents with PyYAML, a YAML 1.1 reader that shares no code with ours.
///
/// One process reads many documents, because starting Python costs far more than reading one.
enum PythonReader {
  struct Failure: Error { let what: String }

  /// What `yaml.safe_load` makes of each of `documents`. What JSON has no form for, such as a date, comes back as an
  /// object with the member `python`, and so does the message of a document that was refused.
  static func read(_ documents: [String]) throws -> [JSON] {
    let input = JSON.array(documents.map { .string($0) }).text()
    let output = try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(input.utf8), to: folder + "/input")
      let outcome = try ExternalCommand.run(
        Judge.python, ["-c", program, folder + "/input", folder + "/output"], folder: folder)
      guard outcome.status == 0 else { throw Failure(what: outcome.errors) }
      return try ExternalCommand.read(folder + "/output")
    }
    guard let values = try JSON(parsing: output).elements, values.count == documents.count else {
      throw Failure(what: "expected \(documents.count) values")
    }
    return values
  }

  private static let program = """
    import json, sys, yaml
    def read(text):
        try:
            return yaml.safe_load(text)
        except Exception as error:
            return {"python": str(error)}
    def keyed(value):
        if isinstance(value, dict):
            if all(isinstance(key, str) for key in value):
                return {key: keyed(member) for key, member in value.items()}
            return {"python": repr(value)}
        if isinstance(value, list):
            return [keyed(element) for element in value]
        return value
    documents = json.load(open(sys.argv[1], encoding="utf-8"))
    values = [keyed(read(text)) for text in documents]
    json.dump(values, open(sys.argv[2], "w"), default=lambda value: {"python": repr(value)})
    """
}
