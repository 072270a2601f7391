import ConfigCompiler
import FoundationEssentials
import Glibc
import KeyBundles
import TextFormats

extension RelayLaunch {
  /// Name of the Unix socket, in the relay's folder, where a process offers its sessions to a successor.
  var handover: String { "\(stateName).handover" }

  /// Command line of a process.
  func arguments(statisticsPort: Int) -> [String] {
    var arguments = bind.arguments(loopback: address)
    // The state is named as seen from the working folder, because the address of a Unix socket beside it must be short.
    arguments += [
      "--port", String(port), "--config", "\(folder)/config.json", "--state", stateName,
      "--stats", "\(address):\(statisticsPort)", "--workers", "1",
    ]
    if FileManager.default.fileExists(atPath: "\(folder)/bundle.age") {
      arguments += ["--bundle", "\(folder)/bundle.age", "--identity", "/dev/fd/3"]
    }
    arguments += verifierKeys.map { RelayArguments.verifierKey + $0 }
    if let membership {
      arguments += ["--cluster", "\(address):\(membership.port)", "--cluster-key", clusterKey]
      arguments += membership.others.flatMap { ["--cluster-join", "\($0):\(membership.port)"] }
    }
    return arguments
  }

  /// Digest of everything but the program with which a process must have been started to stay; nil if it cannot be made.
  func digest(_ identity: SecretBytes?) -> String? {
    let parameters: JSON = .array(
      ([address, "\(bind)", String(port), folder, restartedAt ?? "", membership.map { String($0.port) } ?? ""]
        + verifierKeys).map { .string($0) })
    var secret = identity?.withBytes { Array($0) } ?? []
    defer { secret.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } } }
    guard let secret = try? SHA256Digest.hex(of: secret) else { return nil }
    return try? SHA256Digest.hex(of: Array(parameters.text(.compact).utf8) + Array(secret.utf8))
  }

  /// Where a process listens: a successor can take over the sockets of a process with the same place. Members of a cluster
  /// have none, because a port of theirs is not handed over.
  var place: String? { membership == nil ? "\(bind) \(address) \(port)" : nil }

  /// Returns what identifies a program's file: an upgrade replaces it.
  static func identity(ofProgram path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "" }
    return "\(status.st_dev)-\(status.st_ino)-\(status.st_size)-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
