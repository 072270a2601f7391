/// What a check found.
package struct HostFinding: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable {
    case ok, warning, problem
  }

  package let check: HostCheck
  package let state: State
  /// A sentence without a full stop.
  package let text: String
  /// What to do; nil if nothing has to be done.
  package let advice: String?
  /// Kernel settings that should have another value.
  package let settings: [Setting]

  /// A kernel setting with the value that it should have.
  package struct Setting: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  package init(
    _ check: HostCheck, _ state: State, _ text: String, advice: String? = nil, settings: [Setting] = []
  ) {
    self.check = check
    self.state = state
    self.text = text
    self.advice = advice
    self.settings = settings
  }
}
