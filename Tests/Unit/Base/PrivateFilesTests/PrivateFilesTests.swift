import Glibc
import TestSupport
import Testing

@testable import PrivateFiles

@Suite struct PrivateFilesTests {
  /// The permission bits of what a path names.
  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func madeFoldersArePrivate() throws {
    try ExternalCommand.withFolder { folder in
      let path = "\(folder)/a/b//c"
      try PrivateFolder.make("\(path)//")
      #expect(mode(path) == 0o700)
      #expect(mode("\(folder)/a") == 0o700)
      chmod(path, 0o755)
      try PrivateFolder.make(path)
      #expect(mode(path) == 0o755, "what is there is kept as it is")
      try ExternalCommand.write([], to: "\(folder)/file")
      #expect(throws: PrivateFile.Refused.self) { try PrivateFolder.make("\(folder)/file/below") }
    }
  }

  /// A right of everybody comes from a default; one of a group alone was chosen.
  @Test(arguments: [
    (0o644, 0o600), (0o666, 0o600), (0o755, 0o700), (0o640, 0o640), (0o660, 0o660), (0o600, 0o600), (0o604, 0o600),
  ])
  func closing(_ before: mode_t, _ after: mode_t) throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write([], to: "\(folder)/x")
      chmod("\(folder)/x", before)
      PrivateAccess.close("\(folder)/x")
      #expect(mode("\(folder)/x") == after)
    }
  }

  @Test func linksAreNotFollowed() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write([], to: "\(folder)/x")
      chmod("\(folder)/x", 0o644)
      symlink("\(folder)/x", "\(folder)/link")
      #expect(!PrivateAccess.close("\(folder)/link"))
      #expect(mode("\(folder)/x") == 0o644)
    }
  }

  @Test func createdFilesArePrivateAndKeepWhatIsThere() throws {
    try ExternalCommand.withFolder { folder in
      try PrivateFile.create("\(folder)/x")
      #expect(mode("\(folder)/x") == 0o600)
      try PrivateFile.write([1], to: "\(folder)/x")
      try PrivateFile.create("\(folder)/x")
      #expect(try ExternalCommand.read("\(folder)/x") == [1])
      #expect(mode("\(folder)/x") == 0o600)
    }
  }
}
