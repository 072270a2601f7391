package import Diagnostics

extension Compilation {
  /// Returns the errors about the operator's rules that the change since `base` adds.
  ///
  /// A document that broke a rule already is not the fault of the change, although the repository has the error.
  package func ruleBreaches(since base: Compilation) -> [Diagnostic] {
    func identity(_ diagnostic: Diagnostic) -> String { "\(diagnostic.primary.location.path)\n\(diagnostic.message)" }
    var known: [String: Int] = [:]
    for diagnostic in base.diagnostics where diagnostic.code == .ruleBroken {
      known[identity(diagnostic), default: 0] += 1
    }
    return diagnostics.filter { diagnostic in
      guard diagnostic.code == .ruleBroken else { return false }
      known[identity(diagnostic), default: 0] -= 1
      return known[identity(diagnostic), default: 0] < 0
    }
  }
}
