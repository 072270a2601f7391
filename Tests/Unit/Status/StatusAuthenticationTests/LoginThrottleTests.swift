import Testing

@testable import StatusAuthentication

@Suite struct LoginThrottleTests {
  private let start: Int64 = 1_800_000_000
  private func fresh() -> LoginThrottle { LoginThrottle(secret: Array(0..<16)) }

  @Test func mistypingCostsNothingAndThenPausesDouble() {
    var throttle = fresh()
    for _ in 0..<4 { throttle.noteRefusal("198.51.100.7", now: start) }
    #expect(throttle.wait("198.51.100.7", now: start) == 0)
    let pauses = (0..<12).map { _ in
      throttle.noteRefusal("198.51.100.7", now: start)
      return throttle.wait("198.51.100.7", now: start)
    }
    #expect(pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
    #expect(throttle.wait("198.51.100.7", now: start + 899) == 1)
    #expect(throttle.wait("198.51.100.7", now: start + 900) == 0)
    #expect(throttle.wait("198.51.100.8", now: start) == 0)
  }

  @Test func aSuccessForgets() {
    var throttle = fresh()
    for _ in 0..<9 { throttle.noteRefusal("anna", now: start) }
    throttle.noteSuccess("anna", now: start)
    throttle.noteRefusal("anna", now: start)
    #expect(throttle.wait("anna", now: start) == 0)
  }

  @Test func aClockThatWasSetBackLocksNobodyOutForLonger() {
    var throttle = fresh()
    for _ in 0..<6 { throttle.noteRefusal("anna", now: start) }
    #expect(throttle.wait("anna", now: start - 86_400) == 4)
  }

  @Test func itSurvivesARestart() throws {
    var throttle = fresh()
    for _ in 0..<9 { throttle.noteRefusal("anna", now: start) }
    let again = try #require(LoginThrottle(bytes: throttle.bytes))
    #expect(again.wait("anna", now: start + 1) == throttle.wait("anna", now: start + 1))
    #expect(again.wait("anna", now: start + 1) > 0)
    #expect(!throttle.bytes.contains(Array("anna".utf8)))
  }

  @Test func tenThousandNamesTakeNoMoreMemoryThanOneAndForgetNobodyWithManyRefusals() {
    var throttle = fresh()
    for _ in 0..<12 { throttle.noteRefusal("attacked", now: start) }
    for name in 0..<10_000 { throttle.noteRefusal("user-\(name)", now: start + 1) }
    for name in 0..<200_000 { throttle.noteRefusal("spray-\(name)", now: start + 2) }
    #expect(throttle.entries.count == LoginThrottle.rows * LoginThrottle.columns)
    #expect(throttle.bytes.count < 400_000)
    #expect(throttle.wait("attacked", now: start + 3) > 0)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 40, 53, 54, 100])
  func aCutFileIsNoTable(_ length: Int) {
    var throttle = fresh()
    for name in 0..<50 { throttle.noteRefusal("user-\(name)", now: start) }
    let cut = Array(throttle.bytes.prefix(length))
    if let table = LoginThrottle(bytes: cut) { #expect(table.bytes == cut) }
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: part) }
  }
}
