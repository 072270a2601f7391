import TestSupport

/// The built program, run as users run it.
enum Wpex {
  static let path = packageRoot + "/.build/debug/wpex"

  static func run(
    _ arguments: String..., folder: String, input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> ExternalCommand.Outcome {
    try ExternalCommand.run(
      path, arguments, folder: folder, input: input, environment: ["NO_COLOR": "1"].merging(environment) { $1 })
  }

  /// A copy of sample-repo below `folder`.
  static func sample(in folder: String) throws -> String {
    try ExternalCommand.copy(packageRoot + "/sample-repo", to: folder + "/repo")
    return folder + "/repo"
  }
}
