import Glibc
import TestSupport
import Testing

@testable import PrivateFiles

@Suite struct AtomicFileTests {
  private struct Refused: Error {}

  @Test(arguments: [true, false])
  func aFileIsReplacedAndNothingIsLeft(_ hasOtherWriters: Bool) throws {
    try ExternalCommand.withFolder { folder in
      let file = "\(folder)/x"
      for bytes in [[UInt8](repeating: 1, count: 100_000), [2], []] {
        try AtomicFile.write(bytes, to: file, isDurable: true, hasOtherWriters: hasOtherWriters)
        #expect(try ExternalCommand.read(file) == bytes)
        #expect(try entries(folder) == ["x"])
      }
    }
  }

  @Test func aFailureKeepsTheOldFile() throws {
    try ExternalCommand.withFolder { folder in
      let file = "\(folder)/x"
      try AtomicFile.write([1], to: file)
      #expect(throws: Refused.self) { try AtomicFile.write([2], to: file) { _ in throw Refused() } }
      #expect(try ExternalCommand.read(file) == [1])
      #expect(try entries(folder) == ["x"])
      let failure = #expect(throws: AtomicFile.Failure.self) { try AtomicFile.write([2], to: "\(folder)/none/x") }
      #expect(failure?.description == "`\(folder)/none/x` cannot be written: No such file or directory")
    }
  }

  /// A daemon that crashes again and again must not fill the disk.
  @Test func whatACrashLeftIsReplaced() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write([9, 9, 9], to: "\(folder)/x.new")
      try AtomicFile.write([1], to: "\(folder)/x")
      #expect(try ExternalCommand.read("\(folder)/x") == [1])
      #expect(try entries(folder) == ["x"])
    }
  }

  private func entries(_ folder: String) throws -> [String] {
    try ExternalCommand.run("ls", ["-A"], in: folder).output.split(separator: "\n").map(String.init)
  }
}
