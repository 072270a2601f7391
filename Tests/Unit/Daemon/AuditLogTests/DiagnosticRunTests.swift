import AuditLog
import Testing

@Suite struct DiagnosticRunTests {
  @Test(arguments: DiagnosticRun.Kind.allCases, DiagnosticRun.Outcome.allCases)
  func readsWhatItWrote(_ kind: DiagnosticRun.Kind, _ outcome: DiagnosticRun.Outcome) {
    for target in ["192.0.2.1", "2001:db8::1", "fe80::1%eth0:", "example.org"] {
      for summary in ["", "4 of 4 answered, 0.42 ms at the median", "a; b: c; "] {
        let run = DiagnosticRun(kind, of: target, outcome, summary: summary)
        #expect(DiagnosticRun(detail: run.detail) == run, "\(run.detail)")
      }
    }
  }

  @Test func isReadableByPeople() {
    let run = DiagnosticRun(.ping, of: "192.0.2.1", .reached, summary: "4 of 4 answered")
    #expect(run.detail == "ping 192.0.2.1: reached; 4 of 4 answered")
  }

  @Test(arguments: [
    "", " ", "ping", "ping 192.0.2.1", "ping 192.0.2.1 reached", "ping : reached", "flood 192.0.2.1: reached",
    "ping 192.0.2.1: perhaps", "ping  192.0.2.1: reached", "ping 192.0.2.1:",
  ])
  func anythingElseIsNone(_ detail: String) { #expect(DiagnosticRun(detail: detail) == nil) }

  @Test func theRecordsOfARunShareItsName() {
    for hasEnded in [false, true] {
      #expect(DiagnosticRun.id(ofKey: DiagnosticRun.key("a-b", hasEnded: hasEnded)) == "a-b")
    }
    for key in ["", "login/1", "diagnostics//begun", "diagnostics/a", "diagnostics/a/b/c"] {
      #expect(DiagnosticRun.id(ofKey: key) == nil)
    }
  }
}
