import KeyBundles
import SyncEngine
import Testing

@testable import DaemonServer

@Suite struct WebhookSignatureTests {
  let secret = SecretBytes(copying: "It's a Secret to Everybody".utf8)
  let body = Array("Hello, World!".utf8)
  /// The example of GitHub's documentation.
  let code = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

  /// - Parameter pieces: in how many parts the notice comes.
  func isValid(_ headers: [String: String], now: Int64 = 1_000, pieces: Int = 1) -> Bool {
    guard let signature = WebhookSignature(secret: secret, now: now, header: { headers[$0] }) else { return false }
    let length = (body.count + pieces - 1) / pieces
    for start in stride(from: 0, to: body.count, by: length) {
      body[start..<min(start + length, body.count)].withUnsafeBytes { signature.add($0) }
    }
    return signature.isValid()
  }

  @Test func formsOfAllServers() {
    #expect(isValid(["x-hub-signature-256": "sha256=" + code]))
    #expect(isValid(["x-gitea-signature": code]))
    #expect(isValid(["x-gitlab-token": "It's a Secret to Everybody"]))
    #expect(isValid(["x-gitea-signature": code.uppercased()]))
  }

  /// GitLab's signing tokens, made with Python's hmac; the one before a secret that was changed stands beside its own.
  @Test(arguments: ["v1,%", "v1,AAAA v1,%", "v2,x v1,% v1,AAAA"]) func aSignatureAmongOthers(_ form: String) {
    let made = "syE6ltfuTem1C8Xc1novHZJi1mdow8iWx9gyU+AZqIk="
    let signature = form.split(separator: "%", omittingEmptySubsequences: false).joined(separator: made)
    let headers = ["webhook-id": "i", "webhook-timestamp": "1000", "webhook-signature": signature]
    for now in [700, 1_000, 1_300] as [Int64] { #expect(isValid(headers, now: now)) }
    for now in [699, 1_301, -1_000, .max, .min] as [Int64] { #expect(!isValid(headers, now: now)) }
    #expect(!isValid(headers.merging(["webhook-id": "j"]) { $1 }))
  }

  @Test(arguments: [1, 2, 3, 13]) func aNoticeInPieces(_ pieces: Int) {
    #expect(isValid(["x-hub-signature-256": "sha256=" + code], pieces: pieces))
    #expect(!isValid(["x-hub-signature-256": "sha256=" + code.replacing("7", with: "8")], pieces: pieces))
  }

  @Test(
    arguments: [
      [:], ["x-hub-signature-256": ""], ["x-hub-signature-256": "sha1=757107ea"], ["x-gitea-signature": "757107ea"],
      ["x-gitlab-token": "It's a secret to Everybody"], ["x-gitlab-token": ""],
      ["webhook-signature": "v1,AAAA"],
      ["x-gitea-signature": "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1"],
      ["x-gitea-signature": "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e170"],
      ["x-gitea-signature": "g57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
      ["webhook-id": "i", "webhook-timestamp": "9223372036854775807", "webhook-signature": "v1,"],
      ["webhook-id": "i", "webhook-timestamp": "-9223372036854775808", "webhook-signature": "v1,AAAA"],
    ] as [[String: String]])
  func othersAreRefused(_ headers: [String: String]) { #expect(!isValid(headers)) }

  /// GitLab's form (standard-webhooks): HMAC-SHA256 of `msg_1.1000.Hello, World!` by OpenSSL.
  @Test(arguments: [(1_000, true), (1_300, true), (700, true), (1_301, false), (699, false)] as [(Int64, Bool)])
  func signedMoment(_ now: Int64, _ isGood: Bool) {
    let signed = "2sTYavII0Mk3l6lbqaBJspo5CITn92JBekGkoxwHPQk="
    let headers = [
      "webhook-id": "msg_1", "webhook-timestamp": "1000",
      "webhook-signature": "v1,bm90IHRoaXMgb25l v1,\(signed)",
    ]
    #expect(isValid(headers, now: now) == isGood)
    // Neither the moment nor the name of a notice can be another one's.
    for (name, value) in [("webhook-timestamp", "1001"), ("webhook-id", "msg_2")] {
      #expect(!isValid(headers.merging([name: value]) { $1 }, now: now))
    }
    for missing in headers.keys { #expect(!isValid(headers.filter { $0.key != missing }, now: now)) }
    // Another version of the form is none that is known here.
    #expect(!isValid(headers.merging(["webhook-signature": "v2,\(signed)"]) { $1 }, now: now))
  }

  /// A code's beginning is not the code.
  @Test func shortenedCodesAreRefused() {
    for count in 0..<code.count {
      #expect(!isValid(["x-hub-signature-256": "sha256=" + code.prefix(count)]))
      #expect(!isValid(["x-gitea-signature": String(code.prefix(count))]))
    }
    #expect(!isValid(["webhook-id": "msg_1", "webhook-timestamp": "1000", "webhook-signature": "v1,"]))
  }

  /// A weaker form beside a wrong strong one does not help.
  @Test func firstFormDecides() {
    #expect(!isValid(["x-hub-signature-256": "sha256=00", "x-gitlab-token": "It's a Secret to Everybody"]))
  }
}

@Suite struct SyncMetricsTests {
  @Test func countsPasses() {
    let metrics = SyncMetrics()
    var summary = PassSummary(commit: "c0ffee")
    summary.seconds = 0.4
    summary.unchanged = 3
    summary.held = 2
    metrics.record(.finished(region: "eu", summary), now: 1_700_000_000)
    #expect(metrics.text.contains("wpex_sync_reconcile_seconds_bucket{region=\"eu\",le=\"0.1\"} 0\n"))
    #expect(metrics.text.contains("wpex_sync_reconcile_seconds_bucket{region=\"eu\",le=\"+Inf\"} 1\n"))
    #expect(metrics.text.contains("wpex_sync_held_steps{region=\"eu\"} 2\n"))
    #expect(metrics.text.contains("wpex_sync_last_applied_info{region=\"eu\",commit=\"c0ffee\"} 1\n"))
  }
}
