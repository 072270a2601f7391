import KubernetesModel
import Testing

@Suite("Names")
struct KubernetesNameTests {
  private static let a63 = String(repeating: "a", count: 63)
  private static let a253 = String(repeating: "a", count: 253)

  /// Parts, limit, and the name or what stands before its digest.
  private static let joined: [([String], Int, String)] = [
    (["wpex", "acme"], 63, "wpex-acme"),
    (["a"], 63, "a"),
    (["Wpex", "acme"], 63, "wpex-acme-vzpr988cc2"),
    (["wpex", "ac_me"], 63, "wpex-ac-me-"),
    (["wpex", "ac.me"], 63, "wpex-ac-me-"),
    ([], 63, "x-"),
    (["--", "é"], 63, "x-"),
    (["-a-"], 63, "a-"),
    ([a63], 63, a63),
    ([a63 + "a"], 63, String(repeating: "a", count: 52) + "-"),
    ([String(repeating: "a", count: 53)], KubernetesName.podOwnerLimit, String(repeating: "a", count: 41) + "-"),
    (["abcdefgh", "ijklmnop", "qrstuvwx"], 20, "abcdefgh-"),
    (["abcdefghijklmnop"], 1, "a-"),
  ]

  @Test("joining", arguments: joined)
  func joins(_ parts: [String], limit: Int, start: String) {
    let name = KubernetesName.label(parts, limit: limit)
    #expect(name.hasPrefix(start))
    #expect(name == start || name.utf8.count == start.utf8.count + 10)
    #expect(name.utf8.count <= max(limit, 12))
    #expect(KubernetesName.isDNS1123Label(name))
  }

  @Test("names that differ only in what is cut or replaced stay different, and are stable")
  func digests() {
    let long = String(repeating: "a", count: 60)
    let names = (0..<1000).map { KubernetesName.label(long, "relay", "\($0)") }
    #expect(Set(names).count == 1000)
    #expect(Set(["a_b", "a.b", "a-b", "A-b", "a-b-"].map { KubernetesName.label($0) }).count == 5)
    #expect(KubernetesName.label(long, "relay", "1") == KubernetesName.label([long, "relay", "1"]))
  }

  /// A text, and which of six checks accept it: label, label that begins with a letter, subdomain, qualified name,
  /// label value, annotation key.
  private static let texts: [(String, String)] = [
    ("", "----v-"), ("a", "lrsqva"), ("1a", "l-sqva"), ("a-b", "lrsqva"), ("-a", "------"), ("a-", "------"),
    ("A", "---qva"), ("a_b", "---qva"), ("a.b", "--sqva"), ("a..b", "---qva"), (".a", "------"), ("a/b", "---q-a"),
    ("wpex.io/org", "---q-a"), ("Wpex.io/Org", "-----a"), ("/a", "------"), ("a/", "------"), ("a/b/c", "------"),
    ("é", "------"), ("a b", "------"), ("a\n", "------"), ("\u{212A}", "------"), ("_", "------"),
    (a63, "lrsqva"), (a63 + "a", "--s---"), (a253, "--s---"), (a253 + "a", "------"), (a253 + "/" + a63, "---q-a"),
    (a253 + "a/b", "------"), ("a/" + a63 + "a", "------"),
  ]

  @Test("syntax", arguments: texts)
  func syntax(_ text: String, accepted: String) {
    let columns: [(Character, (String) -> Bool)] = [
      ("l", KubernetesName.isDNS1123Label), ("r", KubernetesName.isDNS1035Label),
      ("s", KubernetesName.isDNS1123Subdomain), ("q", KubernetesName.isQualifiedName),
      ("v", KubernetesName.isLabelValue), ("a", KubernetesName.isAnnotationKey),
    ]
    #expect(String(columns.map { letter, accepts in accepts(text) ? letter : "-" }) == accepted)
    #expect(KubernetesName.isLabelKey(text) == KubernetesName.isQualifiedName(text))
  }

  @Test(
    "releases",
    arguments: [
      ("1.28", (1, 28)), ("v1.28", (1, 28)), ("v1.28.3", (1, 28)), ("1.28+", (1, 28)), ("1", nil), ("", nil),
      ("1.", nil), (".1", nil), ("1.+2", nil), ("-1.2", nil), ("1.2.x", nil), ("1.2.3.4", nil), ("vv1.2", nil),
      ("1.99999999999999999999", nil), ("1.٢", nil), ("1.28 ", nil),
    ] as [(String, (Int, Int)?)])
  func releases(_ text: String, expected: (Int, Int)?) {
    #expect(KubernetesVersion(parsing: text) == expected.map { KubernetesVersion(major: $0.0, minor: $0.1) })
  }

  @Test("releases compare by number")
  func comparison() throws {
    let (old, new) = (KubernetesVersion(major: 1, minor: 9), KubernetesVersion(major: 1, minor: 20))
    #expect(old < new && new < KubernetesVersion(major: 2, minor: 0) && new <= .newest)
    #expect("\(new)" == "1.20")
  }
}
