/// A pattern of `matches`, which takes time linear in the text's length.
///
/// It never backtracks: a small pattern becomes a table with one look-up for each character, and a large one follows all
/// its states at the same time.
package final class TextPattern: Sendable {
  private let automaton: PatternStates
  private let table: PatternTable?

  /// Makes a pattern.
  ///
  /// - Throws: The mistake in it.
  package init(_ text: String) throws(PatternFault) {
    automaton = try PatternStates(try PatternParser.parse(text), length: text.utf8.count)
    table = PatternTable(automaton, ScalarClasses(automaton.sets))
  }

  /// Number of steps that a scalar of the text costs.
  var stepsPerScalar: Int { table == nil ? automaton.states.count : 1 }

  /// Whether the pattern is matched by a table.
  var hasTable: Bool { table != nil }

  /// Returns whether the pattern matches a part of the text.
  ///
  /// - Complexity: Linear in the text's length.
  package func matches(_ text: String) -> Bool { table?.matches(text) ?? matchesByStates(text) }

  /// Returns the same as `matches`, by following all states at the same time.
  func matchesByStates(_ text: String) -> Bool {
    var current = PatternStates.Members(count: automaton.states.count)
    var next = current
    automaton.follow(automaton.initial, atStart: true, atEnd: false, into: &current)
    var isAtStart = true
    for scalar in text.unicodeScalars {
      if current.contains(PatternStates.accepting) { return true }
      next.removeAll()
      for state in current.list {
        guard case .read(let set, let following) = automaton.states[state],
          automaton.sets[set].contains(scalar.value)
        else { continue }
        automaton.follow(following, atStart: false, atEnd: false, into: &next)
      }
      automaton.follow(automaton.initial, atStart: false, atEnd: false, into: &next)
      swap(&current, &next)
      isAtStart = false
    }
    if current.contains(PatternStates.accepting) { return true }
    next.removeAll()
    for state in current.list {
      if case .end = automaton.states[state] {
        automaton.follow(state, atStart: isAtStart, atEnd: true, into: &next)
      }
    }
    return next.contains(PatternStates.accepting)
  }
}
