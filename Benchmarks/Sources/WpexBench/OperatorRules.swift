/// Rules of the operator about the synthetic keys, all of which hold: ten conditions with different values.
enum OperatorRules {
  /// Returns the field `rules` of the platform's spec, with `count` rules.
  static func text(_ count: Int) -> String {
    guard count > 0 else { return "" }
    return "  rules:\n"
      + (0..<count).map { number in
        let (expression, spec) = condition(number)
        return """
              - name: rule-\(number)
                kind: Key
                severity: error
                text: synthetic rule \(number)
                expression: "\(expression)"
                examples:
                  pass: [{ metadata: { name: key-1, labels: { network: net-1 } }, spec: { alias: Site } }]
                  fail: [\(spec)]

          """
      }.joined()
  }

  /// Returns the condition of a rule, and an example that breaks it.
  private static func condition(_ number: Int) -> (expression: String, example: String) {
    let value = number / 10
    return switch number % 10 {
    case 0: ("has(spec.alias) && size(spec.alias) <= \(64 + value)", "{ spec: {} }")
    case 1: ("!has(spec.expires) || spec.expires < '20\(40 + value)-01-01'", "{ spec: { expires: 2099-01-01 } }")
    case 2: ("has(metadata.labels.network) && metadata.labels.network.startsWith('net-')", "{ spec: {} }")
    case 3:
      (
        "!has(metadata.labels.tier) || metadata.labels.tier in ['gold', 'silver', 'bronze', 'metal-\(value)']",
        "{ metadata: { labels: { tier: none } } }"
      )
    case 4:
      (
        "!has(spec.site.subnet) || spec.site.subnet.matches(r'^10\\\\.[0-9.]+/[23][0-9]$')",
        "{ spec: { site: { subnet: 192.0.2.0/24 } } }"
      )
    case 5:
      (
        "!has(spec.site.publicIP) || !spec.site.publicIP.startsWith('192.0.\(value).')",
        "{ spec: { site: { publicIP: 192.0.\(value).1 } } }"
      )
    case 6: ("metadata.name != 'admin-\(value)'", "{ metadata: { name: admin-\(value) } }")
    case 7:
      (
        "!has(spec.status) || spec.status == 'active' || metadata.name == 'key-\(value)'",
        "{ metadata: { name: other }, spec: { status: revoked } }"
      )
    case 8:
      (
        "!has(spec.site.location) || spec.site.location.endsWith('IT') || has(metadata.labels.abroad\(value))",
        "{ spec: { site: { location: Oslo } } }"
      )
    default:
      (
        "!has(metadata.labels) || metadata.labels.all(k, size(k) < \(20 + value))",
        "{ metadata: { labels: { a-label-with-a-very-long-name-indeed: x } } }"
      )
    }
  }
}
