/// A pattern's deterministic automaton: one look-up for each scalar of a text.
struct PatternTable: Sendable {
  /// Maximum number of states. A pattern that needs more is matched by its nondeterministic automaton.
  static let maxCount = 512
  /// Maximum number of steps that building may take.
  static let maxWork = 2_000_000

  /// The state in which the pattern has matched, whatever follows.
  private static let matched: Int32 = -1

  private let classes: ScalarClasses
  private let transitions: [Int32]
  private let matchesAtEnd: [Bool]

  /// Builds the table; nil if it would be too large.
  init?(_ automaton: PatternStates, _ classes: ScalarClasses) {
    struct Key: Hashable {
      let members: [Int]
      let isInitial: Bool
    }
    // Whether each set has the scalars of each class.
    let reads = automaton.sets.map { set in classes.representatives.map(set.contains) }
    var work = 0
    var indexes: [Key: Int32] = [:]
    var keys: [Key] = []
    var transitions: [Int32] = []
    var matchesAtEnd: [Bool] = []
    var scratch = PatternStates.Members(count: automaton.states.count)

    func index(of members: PatternStates.Members, isInitial: Bool) -> Int32 {
      guard !members.contains(PatternStates.accepting) else { return Self.matched }
      let kept = members.list.filter { state in
        switch automaton.states[state] {
        case .read, .end: true
        case .split, .start, .accept: false
        }
      }
      let key = Key(members: kept.sorted(), isInitial: isInitial)
      if let known = indexes[key] { return known }
      let new = Int32(clamping: keys.count)
      indexes[key] = new
      keys.append(key)
      return new
    }

    automaton.follow(automaton.initial, atStart: true, atEnd: false, into: &scratch)
    let first = index(of: scratch, isInitial: true)
    guard first != Self.matched else {
      self.classes = classes
      self.transitions = []
      self.matchesAtEnd = []
      return
    }
    var row = 0
    while row < keys.count {
      let key = keys[row]
      row += 1
      scratch.removeAll()
      for state in key.members {
        if case .end = automaton.states[state] {
          automaton.follow(state, atStart: key.isInitial, atEnd: true, into: &scratch)
        }
      }
      matchesAtEnd.append(scratch.contains(PatternStates.accepting))
      for scalarClass in 0..<classes.count {
        scratch.removeAll()
        for state in key.members {
          guard case .read(let set, let next) = automaton.states[state], reads[set][scalarClass] else { continue }
          automaton.follow(next, atStart: false, atEnd: false, into: &scratch)
        }
        // A match may begin at every scalar.
        automaton.follow(automaton.initial, atStart: false, atEnd: false, into: &scratch)
        work += key.members.count + scratch.list.count + 1
        transitions.append(index(of: scratch, isInitial: false))
      }
      guard keys.count <= Self.maxCount, work <= Self.maxWork else { return nil }
    }
    self.classes = classes
    self.transitions = transitions
    self.matchesAtEnd = matchesAtEnd
  }

  /// Returns whether the pattern matches a part of the text.
  ///
  /// - Complexity: Linear in the text's length.
  func matches(_ text: String) -> Bool {
    guard !matchesAtEnd.isEmpty else { return true }
    if let result = text.utf8.withContiguousStorageIfAvailable(matchesASCII), let result { return result }
    var state: Int32 = 0
    for scalar in text.unicodeScalars {
      state = transitions[Int(state) &* classes.count &+ classes.classOf(scalar.value)]
      if state == Self.matched { return true }
    }
    return matchesAtEnd[Int(state)]
  }

  /// Returns the same for a text of ASCII characters up to its decision; nil for another one.
  private func matchesASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
    var state: Int32 = 0
    for byte in bytes {
      guard byte < 128 else { return nil }
      state = transitions[Int(state) &* classes.count &+ classes.classOf(UInt32(byte))]
      if state == Self.matched { return true }
    }
    return matchesAtEnd[Int(state)]
  }
}
