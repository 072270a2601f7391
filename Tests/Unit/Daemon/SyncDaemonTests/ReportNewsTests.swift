import SyncEngine
import Testing

@testable import DeploymentPlanning
@testable import SyncDaemon

@Suite struct ReportNewsTests {
  private let news = ReportNews()

  /// A pass over a region with these findings; returns which of them are news.
  private func pass(_ findings: SyncEvent..., doing created: Int = 0) -> [Bool] {
    _ = news.isNews(.started(region: "eu", commit: "c"))
    let shown = findings.map { news.isNews($0) }
    var summary = PassSummary(commit: "c")
    summary.created = created
    return shown + [news.isNews(.finished(region: "eu", summary))]
  }

  private static let kept = SyncEvent.organizationPinned(region: "eu", org: "acme", errors: 2)

  @Test func aFindingIsShownOnceUntilItIsGone() {
    #expect(pass(Self.kept) == [true, true])
    #expect(pass(Self.kept) == [false, false])
    #expect(pass() == [false])
    #expect(pass(Self.kept) == [true, false])
  }

  @Test func aChangedFindingIsNews() {
    _ = pass(Self.kept)
    #expect(pass(.organizationPinned(region: "eu", org: "acme", errors: 3)) == [true, false])
    let hold = SyncPlan.Hold(org: "acme", reason: .nothingDeclared)
    #expect(pass(.held(region: "eu", hold, digest: "0")) == [true, false])
    #expect(pass(.held(region: "eu", hold, digest: "0")) == [false, false])
    #expect(pass(.held(region: "eu", hold, digest: "1")) == [true, false])
  }

  @Test func regionsAreSeparate() {
    _ = pass(Self.kept)
    #expect(news.isNews(.organizationPinned(region: "us", org: "acme", errors: 2)))
  }

  @Test func aPassThatChangedSomethingIsAlwaysShown() {
    #expect(pass(doing: 1) == [true])
    #expect(pass(doing: 1) == [true])
  }

  @Test func aFailureIsShownAgainAfterASuccess() {
    #expect(news.isNews(.passFailed(reason: "a", pause: 1)))
    #expect(!news.isNews(.passFailed(reason: "a", pause: 2)))
    #expect(news.isNews(.passFailed(reason: "b", pause: 2)))
    #expect(news.isNews(.passSucceeded))
    #expect(news.isNews(.passFailed(reason: "b", pause: 1)))
  }
}
