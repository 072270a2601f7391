/// States of a pattern's nondeterministic automaton, by Thompson's construction.
struct PatternStates: Sendable {
  /// A state, and the states that follow it.
  enum State: Sendable {
    /// Reads one scalar of the set with that index.
    case read(set: Int, next: Int)
    case split(Int, Int)
    case start(next: Int)
    case end(next: Int)
    case accept
  }

  /// Maximum number of states; a pattern that needs more is refused.
  static let maxCount = 1_000

  private(set) var states: [State] = [.accept]
  private(set) var sets: [ScalarSet] = []
  /// The state in which matching begins.
  private(set) var initial = 0

  init(_ node: PatternNode, length: Int) throws(PatternFault) {
    do {
      initial = try add(node, before: 0)
    } catch {
      throw PatternFault(
        message: "the pattern has too many repetitions: together they need more than \(Self.maxCount) steps",
        range: 0..<length)
    }
  }

  private struct TooLarge: Error {}

  private mutating func append(_ state: State) throws(TooLarge) -> Int {
    guard states.count < Self.maxCount else { throw TooLarge() }
    states.append(state)
    return states.count - 1
  }

  /// Adds the states of a pattern, and returns the first of them.
  private mutating func add(_ node: PatternNode, before next: Int) throws(TooLarge) -> Int {
    switch node {
    case .empty: return next
    case .set(let set):
      let index = sets.firstIndex(of: set) ?? sets.count
      if index == sets.count { sets.append(set) }
      return try append(.read(set: index, next: next))
    case .sequence(let parts):
      var next = next
      for part in parts.reversed() { next = try add(part, before: next) }
      return next
    case .choice(let branches):
      guard var first = try branches.last.map({ branch throws(TooLarge) in try add(branch, before: next) }) else {
        return next
      }
      for branch in branches.dropLast().reversed() {
        first = try append(.split(try add(branch, before: next), first))
      }
      return first
    case .repeated(let part, let least, let most):
      var next = next
      if let most {
        let end = next
        for _ in 0..<(most - least) { next = try append(.split(try add(part, before: next), end)) }
      } else {
        let loop = try append(.split(0, next))
        states[loop] = .split(try add(part, before: loop), next)
        next = loop
      }
      for _ in 0..<least {
        let first = try add(part, before: next)
        // A part without states is the same however often it is repeated.
        guard first != next else { break }
        next = first
      }
      return next
    case .start: return try append(.start(next: next))
    case .end: return try append(.end(next: next))
    }
  }

  /// Adds a state, and all that follow it without reading, to a set of states.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - atStart: Whether no scalar was read yet.
  ///   - atEnd: Whether no scalar follows. Before that is known, states that need the end are kept in the set.
  ///   - members: The set, as its members in ascending order of discovery and a mark for each state.
  func follow(_ state: Int, atStart: Bool, atEnd: Bool, into members: inout Members) {
    var open = [state]
    while let state = open.popLast() {
      guard members.insert(state) else { continue }
      switch states[state] {
      case .read, .accept: break
      case .split(let first, let second):
        open.append(second)
        open.append(first)
      case .start(let next): if atStart { open.append(next) }
      case .end(let next): if atEnd { open.append(next) }
      }
    }
  }

  /// A set of states.
  struct Members {
    private(set) var list: [Int] = []
    private var isMember: [Bool]

    init(count: Int) { isMember = [Bool](repeating: false, count: count) }

    mutating func insert(_ state: Int) -> Bool {
      guard !isMember[state] else { return false }
      isMember[state] = true
      list.append(state)
      return true
    }

    func contains(_ state: Int) -> Bool { isMember[state] }

    mutating func removeAll() {
      for state in list { isMember[state] = false }
      list.removeAll(keepingCapacity: true)
    }
  }

  /// The accepting state.
  static let accepting = 0
}
