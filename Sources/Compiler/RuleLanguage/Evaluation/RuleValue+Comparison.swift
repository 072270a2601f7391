import YAMLSyntax

/// A counter of the steps that an evaluation may still take.
struct StepBudget {
  private(set) var left: Int

  init(_ steps: Int = ExpressionLimits.maxSteps) { left = steps }

  /// Returns whether the steps could be taken.
  @inline(__always)
  mutating func take(_ steps: Int = 1) -> Bool {
    left &-= steps
    return left >= 0
  }
}

extension RuleValue {
  /// Returns whether two values are equal; nil if that takes too many steps. Values of different types are not equal.
  static func equal(_ left: RuleValue, _ right: RuleValue, _ budget: inout StepBudget) -> Bool? {
    switch (left, right) {
    case (.text(let left), .text(let right)): return left.hasSameBytes(as: right)
    case (.bool(let left), .bool(let right)): return left == right
    case (.integer(let left), .integer(let right)): return left == right
    case (.number(let left), .number(let right)): return left == right
    case (.integer(let left), .number(let right)): return order(left, right) == .some(0)
    case (.number(let left), .integer(let right)): return order(right, left) == .some(0)
    case (.null, .null): return true
    default: break
    }
    if let left = left.elements, let right = right.elements {
      guard left.count == right.count else { return false }
      for (left, right) in zip(left, right) {
        guard budget.take() else { return nil }
        guard let isEqual = equal(left, right, &budget) else { return nil }
        if !isEqual { return false }
      }
      return true
    }
    guard case .part(let left) = left, case .part(let right) = right, let members = left.mapping,
      let others = right.mapping
    else { return false }
    guard members.count == others.count else { return false }
    for member in members {
      guard budget.take(others.count) else { return nil }
      guard let other = right[member.name] else { return false }
      guard let isEqual = equal(RuleValue(member.value), RuleValue(other), &budget) else { return nil }
      if !isEqual { return false }
    }
    return true
  }

  /// The elements; nil if this is not a list.
  var elements: [RuleValue]? {
    switch self {
    case .list(let elements): elements
    case .part(let node): node.sequence.map { $0.map(RuleValue.init) }
    default: nil
    }
  }

  /// Returns a negative number, 0 or a positive number as `left` comes before, at or after `right`.
  ///
  /// Nil if the values have no order: they are of different types, or one is not a number. Texts are ordered by their
  /// Unicode scalars, which is the order of their bytes.
  static func order(_ left: RuleValue, _ right: RuleValue) -> Int?? {
    switch (left, right) {
    case (.text(let left), .text(let right)):
      if left.hasSameBytes(as: right) { return 0 }
      return left.withBytes(right) { $0.lexicographicallyPrecedes($1) } ? -1 : 1
    case (.integer(let left), .integer(let right)): return left < right ? -1 : left == right ? 0 : 1
    case (.number(let left), .number(let right)):
      if left.isNaN || right.isNaN { return .some(nil) }
      return left < right ? -1 : left == right ? 0 : 1
    case (.integer(let left), .number(let right)): return .some(order(left, right))
    case (.number(let left), .integer(let right)): return .some(order(right, left).map { -$0 })
    case (.bool(let left), .bool(let right)): return left == right ? 0 : left ? 1 : -1
    default: return nil
    }
  }

  /// Compares exactly, also beyond the integers that a floating-point number can represent; nil if `right` is not a number.
  private static func order(_ left: Int, _ right: Double) -> Int? {
    if right.isNaN { return nil }
    if right >= 0x1p63 { return -1 }
    if right < -0x1p63 { return 1 }
    let whole = right.rounded(.towardZero)
    guard let integer = Int(exactly: whole) else { return right > 0 ? -1 : 1 }
    if left != integer { return left < integer ? -1 : 1 }
    return right > whole ? -1 : right < whole ? 1 : 0
  }
}
