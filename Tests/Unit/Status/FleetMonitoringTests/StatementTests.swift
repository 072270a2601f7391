import FleetMonitoring
import TextFormats
import Testing

@Suite struct StatementTests {
  @Test func formsFollowTheCount() {
    #expect(Statement(.changesHeld, ["count": 1]).text == "1 object change awaits approval.")
    #expect(Statement(.changesHeld, ["count": 2]).text == "2 object changes await approval.")
  }

  @Test func parametersAreFilledIn() {
    #expect(Statement(.noAnswer, ["seconds": .measured(3)]).text == "No answer within 3 seconds.")
    #expect(Statement(.noAnswer, ["seconds": 1]).text == "No answer within 1 second.")
    #expect(
      Statement(.slaMissed, ["percent": .measured(98.7999), "target": .measured(99.9)]).text
        == "Uptime 98.799% is below the 99.9% target.")
    // What comes from outside is no template.
    #expect(Statement.quoted("{text} and {more}").text == "{text} and {more}")
  }

  @Test func textsAreSentencesOneAfterTheOther() {
    let text: StatusText = [Statement(.runningSilent), .quoted("no route")]
    #expect(text.text == "Running but not responding. no route")
    #expect(StatusText(quoting: "").isEmpty)
  }

  /// Every form of a code takes the same parameters, in forms that pages know.
  @Test(arguments: Statement.Code.allCases) func everyFormHasTheSameParameters(_ code: Statement.Code) throws {
    let names = code.english.forms.map { Set($0.matches(of: /\{([a-z]+)(?::([a-z]+))?\}/).map { String($0.1) }) }
    #expect(Set(names).count == 1)
    for form in code.english.forms {
      #expect(!form.replacing(/\{[a-z]+(?::(?:day|duration))?\}/, with: "").contains(/[{}]/))
    }
    if code.english.forms.count > 1 { #expect(names[0].contains("count")) }
  }
}
