import Synchronization
import Testing

@testable import NetworkMeasurement

@Suite struct MeasuringLimitsTests {
  private final class Clock: Sendable {
    let time = Mutex(1_000_000.0)
    var limits: MeasuringLimits { MeasuringLimits { self.time.withLock { $0 } } }
    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
  }

  @Test func aUserHasABurstAndThenARate() throws {
    let clock = Clock()
    let limits = clock.limits
    for _ in 0..<10 { try limits.admit("a") }
    let excess = #expect(throws: MeasuringLimits.Exceeded.self) { try limits.admit("a") }
    #expect(excess?.retryAfter == 3)
    try limits.admit("b")
    clock.advance(3)
    try limits.admit("a")
    #expect(throws: MeasuringLimits.Exceeded.self) { try limits.admit("a") }
    // A clock that is set back takes nothing away.
    clock.advance(-1_000)
    #expect(throws: MeasuringLimits.Exceeded.self) { try limits.admit("a") }
    clock.advance(3)
    try limits.admit("a")
  }

  @Test func placesAreSharedByUserAndOrganization() throws {
    let limits = Clock().limits
    for _ in 0..<MeasuringLimits.ofUser { try limits.enter("acme/a", of: "acme") }
    #expect(throws: MeasuringLimits.Exceeded.self) { try limits.enter("acme/a", of: "acme") }
    for index in 0..<6 { try limits.enter("acme/\(index)", of: "acme") }
    #expect(throws: MeasuringLimits.Exceeded.self) { try limits.enter("acme/b", of: "acme") }
    // One organization leaves places for others.
    try limits.enter("globex/a", of: "globex")
    limits.leave("acme/a", of: "acme")
    try limits.enter("acme/b", of: "acme")
  }

  @Test func placesAreLimitedInAll() throws {
    let limits = Clock().limits
    for org in 0..<4 { for user in 0..<8 { try limits.enter("\(org)/\(user)", of: "\(org)") } }
    #expect(throws: MeasuringLimits.Exceeded.self) { try limits.enter("x/x", of: "x") }
    limits.leave("0/0", of: "0")
    try limits.enter("x/x", of: "x")
  }

  @Test func refusedTokensAreRecordedWithinALimit() {
    let clock = Clock()
    let limits = clock.limits
    let recorded = (0..<100).filter { limits.noteWrongToken("192.0.2.\($0)") }
    #expect(recorded.count == MeasuringLimits.records)
    #expect(!limits.noteWrongToken("192.0.2.1"))
    clock.advance(60)
    #expect(limits.noteWrongToken("192.0.2.1"))
  }

  @Test func lookupsAreLimited() throws {
    let limits = Clock().limits
    for _ in 0..<MeasuringLimits.lookups { try limits.beginLookup("a") }
    #expect(throws: MeasuringLimits.Exceeded.self) { try limits.beginLookup("b") }
    limits.endLookup()
    try limits.beginLookup("b")
  }
}
