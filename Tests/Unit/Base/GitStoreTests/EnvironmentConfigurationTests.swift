import Testing

@testable import GitStore

/// Git's configuration in the environment, by scalars: what Swift takes for one character is several for Git.
@Suite struct EnvironmentConfigurationTests {
  private func configuration(_ variables: [String: String]) -> EnvironmentConfiguration {
    EnvironmentConfiguration { variables[$0] }
  }

  @Test(arguments: [
    ("'user.name'='Anna'", "Anna"), ("'user.name=Anna'", "Anna"), ("'user.name'='\u{301}x'", "\u{301}x"),
    ("'user.name'='it'\\''s'", "it's"), ("'user.name'='a b'", "a b"),
  ])
  func parametersAreRead(_ text: String, _ value: String) {
    let found = configuration(["GIT_CONFIG_PARAMETERS": text]).values
    #expect(found.map { Array($0.value.unicodeScalars) } == [Array(value.unicodeScalars)])
    #expect(found.map(\.name) == ["user.name"])
  }

  @Test func valuesStayOnTheirLine() {
    let text = configuration([
      "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b\"c.d", "GIT_CONFIG_VALUE_0": "x\r\ny\"\u{301}",
    ]).text
    #expect(Array(text.utf8) == Array("[a \"b\\\"c\"]\n\td = \"x\r\\ny\\\"\u{301}\"\n".utf8))
  }
}
