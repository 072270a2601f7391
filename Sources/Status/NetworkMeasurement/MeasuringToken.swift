import FileAccess
import FoundationEssentials
import ProcessSupport

/// API token of the caller, from a file or the environment; never from the command line.
enum MeasuringToken {
  static let variable = "WPEX_TOKEN"

  /// The error if no token is given and one is needed.
  static let isRequired = NetworkMeasurementError(
    .usage,
    "an API token is required: name its file with --token-file, or set \(variable); its SHA-256 must be in "
      + "`User.spec.access.tokens`")

  /// - Parameter file: `-` is standard input, nil is `WPEX_TOKEN`.
  /// - Returns: Nil if neither is given.
  /// - Throws: `NetworkMeasurementError` if it is empty, `FileAccessError` if its file cannot be read.
  static func read(
    _ file: String?, _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> [UInt8]? {
    let given: [UInt8]
    switch file {
    case "-": given = try Files.readStandardInput()
    case .some(let path): given = try Files.read(path)
    case nil:
      guard let text = environment[variable], !text.isEmpty else { return nil }
      given = Array(text.utf8)
    }
    let token = given.filter { $0 > 0x20 }
    guard !token.isEmpty else { throw NetworkMeasurementError(.usage, "the token is empty") }
    return token
  }
}
