import Glibc
import TestSupport
import Testing

@testable import FileAccess

@Suite struct FilesTests {
  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : 0
  }

  @Test func aMissingFileIsNamedAsTheUserWroteIt() {
    let failure = #expect(throws: FileAccessError.self) { try Files.read("/nowhere/../nowhere/x") }
    #expect(failure?.description == "`/nowhere/../nowhere/x` cannot be read: No such file or directory")
    #expect(failure?.kind == .failed)
  }

  @Test func aFileIsReadToItsEnd() throws {
    try ExternalCommand.withFolder { folder in
      let bytes = (0..<200_001).map { UInt8(truncatingIfNeeded: $0) }
      try ExternalCommand.write(bytes, to: "\(folder)/x")
      #expect(try Files.read("\(folder)/x") == bytes)
      #expect(throws: FileAccessError.self) { try Files.read(folder) }
    }
  }

  @Test func aTokenIsReadWithoutItsWhitespace() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(" abc\tdef \r\n".utf8), to: "\(folder)/token")
      #expect(try Files.readToken("\(folder)/token") == "abcdef")
    }
  }

  @Test func aSecretIsReadableByItsOwnerOnly() throws {
    try ExternalCommand.withFolder { folder in
      try Files.write([1], to: "\(folder)/secret", isSecret: true)
      try Files.write([1], to: "\(folder)/open")
      #expect(mode("\(folder)/secret") & 0o777 == 0o600)
      #expect(mode("\(folder)/open") & 0o400 == 0o400)
    }
  }

  @Test func aSymbolicLinkStaysAndItsFileIsReplaced() throws {
    try ExternalCommand.withFolder { folder in
      try Files.makeFolder("\(folder)/a/b")
      try ExternalCommand.write([1], to: "\(folder)/a/b/x")
      #expect(symlink("a/b/x", "\(folder)/link") == 0)
      try Files.write([2, 3], to: "\(folder)/link")
      #expect(mode("\(folder)/link") & S_IFMT == S_IFLNK)
      #expect(try Files.read("\(folder)/a/b/x") == [2, 3])
    }
  }

  @Test func aPipeIsWrittenToDirectly() throws {
    try ExternalCommand.withFolder { folder in
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      // A pipe that is open at both ends blocks neither.
      let descriptor = open("\(folder)/pipe", O_RDWR | O_CLOEXEC)
      defer { close(descriptor) }
      try Files.write([7, 8], to: "\(folder)/pipe")
      var buffer = [UInt8](repeating: 0, count: 8)
      #expect(Glibc.read(descriptor, &buffer, buffer.count) == 2)
      #expect(buffer.prefix(2) == [7, 8])
      #expect(mode("\(folder)/pipe") & S_IFMT == S_IFIFO)
    }
  }

  @Test func aFailureToWriteNamesThePathOfTheUser() throws {
    try ExternalCommand.withFolder { folder in
      try Files.makeFolder("\(folder)/a")
      #expect(symlink("a", "\(folder)/link") == 0)
      let failure = #expect(throws: FileAccessError.self) { try Files.write([1], to: "\(folder)/link/none/x") }
      #expect(failure?.description == "`\(folder)/link/none/x` cannot be written: No such file or directory")
      try ExternalCommand.write([1], to: "\(folder)/file")
      #expect(throws: FileAccessError.self) { try Files.makeFolder("\(folder)/file/below") }
      #expect(!Files.isFolder("\(folder)/file"))
      #expect(Files.isFolder(folder))
    }
  }

  @Test func aPathThatDoesNotExistIsResolvedAsFarAsItDoes() throws {
    try ExternalCommand.withFolder { folder in
      let real = Files.resolved(folder)
      try Files.makeFolder("\(folder)/a")
      #expect(symlink("a", "\(folder)/link") == 0)
      #expect(Files.resolved("\(folder)/link/new/x") == "\(real)/a/new/x")
      #expect(Files.resolved("\(folder)/a/./none/../x") == "\(real)/a/x")
      #expect(Files.resolved("/nowhere") == "/nowhere")
    }
  }

  @Test(arguments: [("a/b/c", "a/b"), ("a", ""), ("/a", ""), ("a//b", "a/"), ("", "")])
  func theParentIsThePathWithoutItsLastComponent(_ path: String, _ parent: String) {
    #expect(Files.parent(of: path) == parent)
  }
}
