import FoundationEssentials
import Glibc
import StructuredText

/// Reads YAML documents with PyYAML, a YAML 1.1 reader that shares no code with ours.
///
/// One process reads many documents, because starting Python costs far more than reading one.
enum PythonReader {
  struct Failure: Error { let what: String }

  /// What `yaml.safe_load` makes of each of `documents`. What JSON has no form for, such as a date, comes back as an
  /// object with the member `python`, and so does the message of a document that was refused.
  static func read(_ documents: [String]) throws -> [JSON] {
    let folder = FileManager.default.temporaryDirectory.path + "/yaml-reader-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let input = JSON.array(documents.map { .string($0) }).text()
    try Data(input.utf8).write(to: URL(fileURLWithPath: folder + "/input"))
    let status = try run("/usr/bin/env", ["python3", "-c", program, folder + "/input", folder + "/output"])
    guard status == 0, let output = FileManager.default.contents(atPath: folder + "/output") else {
      throw Failure(what: "python3 with its package yaml is needed and ended with status \(status)")
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

  private static func run(_ path: String, _ arguments: [String]) throws -> Int32 {
    var argv = ([path] + arguments).map { strdup($0) }
    defer { argv.forEach { free($0) } }
    argv.append(nil)
    var pid: pid_t = 0
    guard posix_spawn(&pid, path, nil, nil, argv, environ) == 0 else { throw Failure(what: "cannot start \(path)") }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1 {
      guard errno == EINTR else { throw Failure(what: "cannot wait for \(path)") }
    }
    return status
  }
}
