import ConfigSchema
import Diagnostics
import YAMLSyntax

/// Evaluator of the rules of a program over one document.
///
/// A fault is not thrown: `false && …` and `true || …` have a value although their other side has none.
struct RuleEvaluator {
  let program: RuleProgram
  let root: YAMLNode
  let old: YAMLNode?
  let slots: [RuleValue?]
  let oldSlots: [RuleValue?]
  /// Whether the fields that decide are recorded.
  let isRecording: Bool
  /// Values of the macros' variables.
  var variables: [RuleValue]
  /// Places of the variables' values, if reads are recorded; nil for a value that is not a part of the document.
  var places: [RuleRead?]
  var budget = StepBudget()
  /// The fields that decided so far, if they are recorded.
  var reads: [RuleRead] = []
  /// The reason why the last truth is nil.
  var fault: RuleFault?

  init(_ program: RuleProgram, _ root: YAMLNode, old: YAMLNode?, isRecording: Bool) {
    self.program = program
    self.root = root
    self.old = old
    self.isRecording = isRecording
    slots = program.paths.values(in: root)
    oldSlots = old.map(program.oldPaths.values) ?? []
    variables = [RuleValue](repeating: .null, count: program.variableCount)
    places = isRecording ? [RuleRead?](repeating: nil, count: program.variableCount) : []
  }

  /// Returns whether the document follows the rule; nil if that has no answer, for the reason in `fault`.
  mutating func holds(_ rule: Int) -> Bool? {
    budget = StepBudget()
    if fault != nil { fault = nil }
    if isRecording { reads.removeAll() }
    return truth(program.roots[rule])
  }

  /// Returns the value of the rule's expression.
  mutating func result(_ rule: Int) -> RuleValue {
    budget = StepBudget()
    fault = nil
    return value(program.roots[rule])
  }

  // MARK: - Truth

  /// Returns the truth of a step; nil, with a reason in `fault`, if it has none.
  mutating func truth(_ index: Int) -> Bool? {
    let step = program.steps[index]
    guard budget.take() else { return fail(.tooCostly) }
    switch step.kind {
    case .and: return junction(step, decisive: false)
    case .or: return junction(step, decisive: true)
    case .not: return truth(Int(step.a)).map { !$0 }
    case .hasSlot:
      record(slot: Int(step.a))
      return slots[Int(step.a)] != nil
    case .hasOldSlot: return old != nil && oldSlots[Int(step.a)] != nil
    case .hasField: return hasField(step)
    case .equal: return areEqual(step)
    case .notEqual: return areEqual(step).map { !$0 }
    case .less: return compare(step) { $0 < 0 }
    case .lessOrEqual: return compare(step) { $0 <= 0 }
    case .greater: return compare(step) { $0 > 0 }
    case .greaterOrEqual: return compare(step) { $0 >= 0 }
    case .isIn: return isElement(step)
    case .startsWith, .endsWith, .contains, .matches: return examineText(step)
    case .all: return quantify(step, decisive: false)
    case .exists: return quantify(step, decisive: true)
    case .conditional:
      guard let condition = truth(Int(step.a)) else { return nil }
      return truth(Int(condition ? step.b : step.c))
    case .constant, .slot, .oldSlot, .old, .variable, .field, .index, .size, .list, .filter:
      switch value(index) {
      case .bool(let value): return value
      case .fault(let fault): return fail(fault)
      case let other: return fail(.wrongType("true or false is needed, not \(other.typeInWords)"))
      }
    }
  }

  @inline(__always)
  mutating func fail(_ fault: RuleFault) -> Bool? {
    self.fault = fault
    return nil
  }

  /// `&&` and `||`: the decisive truth of either side decides, whatever the other one is.
  private mutating func junction(_ step: RuleStep, decisive: Bool) -> Bool? {
    let start = reads.count
    let left = truth(Int(step.a))
    if left == decisive { return decisive }
    let leftFault = fault
    let middle = reads.count
    let right = truth(Int(step.b))
    if right == decisive {
      reads.removeSubrange(start..<middle)
      fault = nil
      return decisive
    }
    guard left != nil else { return fail(leftFault ?? .tooCostly) }
    return right
  }

  private mutating func areEqual(_ step: RuleStep) -> Bool? {
    // A field and a text are compared most often, and without copies.
    let (left, right) = (program.steps[Int(step.a)], program.steps[Int(step.b)])
    if left.kind == .slot, right.kind == .constant, case .text(let text)? = slots[Int(left.a)],
      case .text(let constant) = program.constants[Int(right.a)]
    {
      record(slot: Int(left.a))
      return text.hasSameBytes(as: constant)
    }
    return areEqualValues(step)
  }

  private mutating func areEqualValues(_ step: RuleStep) -> Bool? {
    let left = value(Int(step.a))
    let right = value(Int(step.b))
    if case .fault(let fault) = left { return fail(fault) }
    if case .fault(let fault) = right { return fail(fault) }
    return RuleValue.equal(left, right, &budget) ?? fail(.tooCostly)
  }

  private mutating func compare(_ step: RuleStep, _ isWanted: (Int) -> Bool) -> Bool? {
    let left = value(Int(step.a))
    let right = value(Int(step.b))
    if case .fault(let fault) = left { return fail(fault) }
    if case .fault(let fault) = right { return fail(fault) }
    guard let order = RuleValue.order(left, right) else {
      return fail(.wrongType("\(left.typeInWords) and \(right.typeInWords) have no order"))
    }
    return order.map(isWanted) ?? false
  }

  private mutating func isElement(_ step: RuleStep) -> Bool? {
    let element = value(Int(step.a))
    let range = value(Int(step.b))
    if case .fault(let fault) = element { return fail(fault) }
    switch range {
    case .fault(let fault): return fail(fault)
    case .list(let elements): return contains(elements, element)
    case .part(let node):
      if let elements = node.sequence { return contains(elements.lazy.map(RuleValue.init), element) }
      guard budget.take((node.mapping?.count ?? 0) / 4) else { return fail(.tooCostly) }
      guard case .text(let name) = element else {
        return fail(.wrongType("the names of a mapping are texts, not \(element.typeInWords)"))
      }
      return node.member(name) != nil
    default: return fail(.wrongType("`in` needs a list or a mapping on its right, not \(range.typeInWords)"))
    }
  }

  private mutating func contains(_ elements: some Sequence<RuleValue>, _ element: RuleValue) -> Bool? {
    if case .text(let text) = element {
      for candidate in elements {
        guard budget.take() else { return fail(.tooCostly) }
        if case .text(let other) = candidate, other.hasSameBytes(as: text) { return true }
      }
      return false
    }
    for candidate in elements {
      guard budget.take(), let isEqual = RuleValue.equal(candidate, element, &budget) else { return fail(.tooCostly) }
      if isEqual { return true }
    }
    return false
  }

  private mutating func examineText(_ step: RuleStep) -> Bool? {
    let receiver = value(Int(step.a))
    if case .fault(let fault) = receiver { return fail(fault) }
    guard case .text(let text) = receiver else {
      return fail(.wrongType("a text is needed, not \(receiver.typeInWords)"))
    }
    if step.kind == .matches {
      let pattern = program.patterns[Int(step.b)]
      guard budget.take(text.utf8.count * pattern.stepsPerScalar / 16) else { return fail(.tooCostly) }
      return pattern.matches(text)
    }
    let argument = value(Int(step.b))
    if case .fault(let fault) = argument { return fail(fault) }
    guard case .text(let part) = argument else {
      return fail(.wrongType("a text is needed, not \(argument.typeInWords)"))
    }
    let isSearch = step.kind == .contains
    let cost = isSearch ? text.utf8.count * max(part.utf8.count, 1) : part.utf8.count
    guard budget.take(cost / 16) else { return fail(.tooCostly) }
    switch step.kind {
    case .startsWith: return text.begins(with: part)
    case .endsWith: return text.ends(with: part)
    default: return text.hasPart(part)
    }
  }

  // MARK: - Macros

  /// `all` and `exists`: an element of the decisive truth decides, whatever the others are.
  private mutating func quantify(_ step: RuleStep, decisive: Bool) -> Bool? {
    let start = reads.count
    let range = value(Int(step.a))
    let parts = reads.count
    guard let count = elementCount(of: range) else { return nil }
    let text = isRecording ? reads.last?.text ?? "" : ""
    var firstFault: RuleFault?
    for position in 0..<count {
      guard bind(Int(step.c), to: position, of: range, text) else { return fail(.tooCostly) }
      let truth = truth(Int(step.b))
      if truth == decisive {
        if reads.count > parts { reads.removeSubrange(start..<parts) }
        fault = nil
        return decisive
      }
      if truth == nil, firstFault == nil { firstFault = fault }
      if reads.count > parts { reads.removeSubrange(parts...) }
    }
    if let firstFault { return fail(firstFault) }
    return !decisive
  }

  private mutating func filter(_ step: RuleStep) -> RuleValue {
    let range = value(Int(step.a))
    let parts = reads.count
    guard let count = elementCount(of: range) else { return .fault(fault ?? .tooCostly) }
    let text = isRecording ? reads.last?.text ?? "" : ""
    var kept: [RuleValue] = []
    for position in 0..<count {
      guard bind(Int(step.c), to: position, of: range, text) else { return .fault(.tooCostly) }
      guard let truth = truth(Int(step.b)) else { return .fault(fault ?? .tooCostly) }
      if truth { kept.append(variables[Int(step.c)]) }
      if reads.count > parts { reads.removeSubrange(parts...) }
    }
    return .list(kept)
  }

  /// Returns the number of elements of a list, or of names of a mapping; nil, with a reason in `fault`, for other values.
  private mutating func elementCount(of range: RuleValue) -> Int? {
    switch range {
    case .list(let elements): return elements.count
    case .part(let node): return node.sequence?.count ?? node.mapping?.count ?? 0
    case .fault(let fault): self.fault = fault
    default: fault = .wrongType("a list or a mapping is needed, not \(range.typeInWords)")
    }
    return nil
  }

  /// Binds a variable to an element of a list, or to a name of a mapping, and returns whether that was one of the permitted
  /// steps.
  private mutating func bind(_ variable: Int, to position: Int, of range: RuleValue, _ text: String) -> Bool {
    guard budget.take() else { return false }
    var place: RuleRead?
    switch range {
    case .list(let elements): variables[variable] = elements[position]
    case .part(let node):
      switch node.content {
      case .sequence(let elements):
        variables[variable] = RuleValue(elements[position])
        if isRecording {
          place = RuleRead(range: elements[position].headRange, text: "\(text)[\(position)]", isMissing: false)
        }
      case .mapping(let members):
        variables[variable] = .text(members[position].name)
        if isRecording {
          place = RuleRead(
            range: members[position].nameRange, text: "\(text).\(members[position].name)", isMissing: false)
        }
      case .scalar: break
      }
    default: break
    }
    if isRecording { places[variable] = place }
    return true
  }

  // MARK: - Values

  /// Returns the value of a step.
  mutating func value(_ index: Int) -> RuleValue {
    let step = program.steps[index]
    switch step.kind {
    case .constant: return program.constants[Int(step.a)]
    case .slot:
      let slot = Int(step.a)
      record(slot: slot)
      return slots[slot] ?? missing(program.paths.paths[slot])
    case .oldSlot:
      let slot = Int(step.a)
      guard old != nil else { return .fault(.missing("old." + program.oldPaths.paths[slot].joined(separator: "."))) }
      return oldSlots[slot] ?? missing(["old"] + program.oldPaths.paths[slot])
    case .old: return old.map(RuleValue.part) ?? .null
    case .variable:
      if isRecording, let place = places[Int(step.a)] { reads.append(place) }
      return variables[Int(step.a)]
    case .field, .index, .size, .list, .filter:
      guard budget.take() else { return .fault(.tooCostly) }
      return composed(step)
    case .conditional:
      guard budget.take() else { return .fault(.tooCostly) }
      guard let condition = truth(Int(step.a)) else { return .fault(fault ?? .tooCostly) }
      return value(Int(condition ? step.b : step.c))
    default:
      return truth(index).map(RuleValue.bool) ?? .fault(fault ?? .tooCostly)
    }
  }

  private mutating func composed(_ step: RuleStep) -> RuleValue {
    switch step.kind {
    case .field: return field(of: step)
    case .index: return element(of: step)
    case .size: return size(of: step)
    case .filter: return filter(step)
    default:
      var elements: [RuleValue] = []
      for position in step.a..<(step.a + step.b) {
        let element = value(Int(program.elements[Int(position)]))
        if case .fault = element { return element }
        elements.append(element)
      }
      return .list(elements)
    }
  }

  private func missing(_ path: [String]) -> RuleValue { .fault(.missing(path.joined(separator: "."))) }

  private mutating func field(of step: RuleStep) -> RuleValue {
    let name = program.names[Int(step.b)]
    let start = reads.count
    let operand = value(Int(step.a))
    let text = path(since: start, name)
    guard case .part(let node) = operand, let members = node.mapping else {
      if case .fault = operand { return operand }
      return .fault(.wrongType("\(operand.typeInWords) has no field `\(name)`"))
    }
    guard budget.take(members.count / 4) else { return .fault(.tooCostly) }
    guard let member = node.member(name) else {
      record(node.headRange, text, isMissing: true, since: start)
      return .fault(.missing(text))
    }
    record(member.value.scalar == nil ? member.nameRange : member.value.range, text, isMissing: false, since: start)
    return RuleValue(member.value)
  }

  private mutating func hasField(_ step: RuleStep) -> Bool? {
    let name = program.names[Int(step.b)]
    let start = reads.count
    let operand = value(Int(step.a))
    let text = path(since: start, name)
    switch operand {
    case .fault(.missing): return false
    case .fault(let fault): return fail(fault)
    case .part(let node):
      let member = node.member(name)
      record(member?.nameRange ?? node.headRange, text, isMissing: member == nil, since: start)
      return member != nil
    default: return false
    }
  }

  private mutating func element(of step: RuleStep) -> RuleValue {
    let start = reads.count
    let operand = value(Int(step.a))
    let end = reads.count
    let index = value(Int(step.b))
    if case .fault = operand { return operand }
    if case .fault = index { return index }
    if reads.count > end { reads.removeSubrange(end...) }
    switch (operand, index) {
    case (.list(let elements), .integer(let position)):
      return elements.indices.contains(position) ? elements[position] : .fault(.missing("[\(position)]"))
    case (.part(let node), .integer(let position)):
      guard let elements = node.sequence else { break }
      let text = (reads.last?.text ?? "") + "[\(position)]"
      guard elements.indices.contains(position) else { return .fault(.missing(text)) }
      record(elements[position].headRange, text, isMissing: false, since: start)
      return RuleValue(elements[position])
    case (.part(let node), .text(let name)):
      guard let members = node.mapping else { break }
      guard budget.take(members.count / 4) else { return .fault(.tooCostly) }
      let text = path(since: start, name)
      guard let member = node.member(name) else {
        record(node.headRange, text, isMissing: true, since: start)
        return .fault(.missing(text))
      }
      record(member.value.scalar == nil ? member.nameRange : member.value.range, text, isMissing: false, since: start)
      return RuleValue(member.value)
    default: break
    }
    return .fault(.wrongType("\(operand.typeInWords) has no element by \(index.typeInWords)"))
  }

  private mutating func size(of step: RuleStep) -> RuleValue {
    let operand = value(Int(step.a))
    switch operand {
    case .fault: return operand
    case .text(let text):
      guard budget.take(text.utf8.count / 16) else { return .fault(.tooCostly) }
      return .integer(text.scalarCount)
    case .list(let elements): return .integer(elements.count)
    case .part(let node): return .integer(node.sequence?.count ?? node.mapping?.count ?? 0)
    default: return .fault(.wrongType("\(operand.typeInWords) has no size"))
    }
  }

  // MARK: - Fields that were read

  @inline(__always)
  private mutating func record(slot: Int) {
    if isRecording { reads.append(program.paths.place(of: slot, in: root)) }
  }

  /// Records a field in place of the values on the way to it.
  private mutating func record(_ range: SourceRange, _ text: String, isMissing: Bool, since start: Int) {
    // Without a read of the operand, it is not a part of the document that is checked.
    guard isRecording, reads.count > start else { return }
    reads.removeSubrange(start...)
    reads.append(RuleRead(range: range, text: text, isMissing: isMissing))
  }

  private func path(since start: Int, _ name: String) -> String {
    guard isRecording, reads.count > start, let last = reads.last else { return name }
    return "\(last.text).\(name)"
  }
}
