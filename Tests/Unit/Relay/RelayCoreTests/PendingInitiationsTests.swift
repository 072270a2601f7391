import Testing

@testable import RelayCore

/// Initiations that wait stay within their room, and strangers take none of that of known addresses.
@Suite struct PendingInitiationsTests {
  private func initiation(_ number: UInt32, isTrusted: Bool) -> PendingInitiation {
    PendingInitiation(
      source: Endpoint(ipv4: number, port: 1), sender: number, key: 1, group: 1, isTrusted: isTrusted,
      sentAt: Instant(seconds: UInt64(number)), targets: [], wentToGroup: false)
  }

  @Test func newestStayOfEachKind() {
    var pending = PendingInitiations(capacity: 8, perIndex: 4)
    for number in 0..<100 as Range<UInt32> {
      for (sender, isTrusted) in [(2 * number, true), (2 * number + 1, false)] {
        let isKept = pending.insert(initiation(sender, isTrusted: isTrusted))
        #expect(isKept)
      }
      #expect(pending.count <= 8)
    }
    let waiting = (0..<200 as Range<UInt32>).filter { !pending.matching($0).isEmpty }
    #expect(waiting == [188, 190, 192, 194, 196, 197, 198, 199])
  }
}
