import FileAccess
import Glibc
import KeyBundles
import TestSupport
import Testing

@testable import SyncDaemon

@Suite struct WebhookSecretTests {
  @Test func aReplacedSecretIsUsedAtOnceAndAMissingFileKeepsTheLastOne() throws {
    try ExternalCommand.withFolder { folder in
      let file = "\(folder)/secret"
      try ExternalCommand.write(Array("first\n".utf8), to: file)
      let secret = try WebhookSecret(file: file)
      #expect(secret.current.withBytes { Array($0) } == Array("first".utf8))
      try ExternalCommand.write(Array("second\n".utf8), to: file)
      #expect(secret.current.withBytes { Array($0) } == Array("second".utf8))
      #expect(unlink(file) == 0)
      #expect(secret.current.withBytes { Array($0) } == Array("second".utf8))
      #expect(throws: FileAccessError.self) { try WebhookSecret(file: file) }
    }
  }
}
