import CChildProcess
import CLibgit2
import Glibc

/// An unnamed in-memory file, so that values from the environment never reach a disk.
final class MemoryFile: Sendable {
  private let descriptor: Int32
  let path: String

  init?(_ bytes: [UInt8]) {
    let descriptor = child_memory_file(bytes, bytes.count)
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
    path = "/proc/self/fd/\(descriptor)"
  }

  deinit { close(descriptor) }
}
