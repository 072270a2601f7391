import ConfigModel
import Testing

@testable import StatusServer

@Suite struct RefusalRecordsTests {
  private func attempt(_ network: String, user: String? = nil) -> LoginGate.Attempt {
    LoginGate.Attempt(user: user, org: nil, way: .token, address: network, network: network, refusal: "wrong")
  }

  @Test func oneAMinuteOfANetwork() {
    var records = RefusalRecords()
    #expect(records.choose(attempt("a"), time: 600) == .record("login.refused/a//10"))
    #expect(records.choose(attempt("a"), time: 659) == .skip)
    #expect(records.choose(attempt("a", user: "anna"), time: 659) == .record("login.refused/a/anna/10"))
    #expect(records.choose(attempt("a"), time: 660) == .record("login.refused/a//11"))
    // A clock that is set back begins another minute, too.
    #expect(records.choose(attempt("a"), time: 600) == .record("login.refused/a//10"))
  }

  @Test func aThousandNetworksFillNoLog() {
    var records = RefusalRecords()
    let choices = (0..<1_000).map { records.choose(attempt("net-\($0)"), time: 600) }
    #expect(choices.count { if case .record = $0 { true } else { false } } == RefusalRecords.maxCount)
    #expect(choices.count { $0 == .recordMore("login.refused/more/10") } == 1)
    #expect(records.choose(attempt("net-0"), time: 660) == .record("login.refused/net-0//11"))
  }
}
