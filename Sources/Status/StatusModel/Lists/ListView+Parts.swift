import ConfigModel

extension ListView.Filter {
  /// - Parameter once: whether it makes no sense several times.
  init(
    _ name: String, _ form: Parameter.Form, _ summary: String, needs: Permission? = nil, once: Bool = false,
    _ holds: @escaping @Sendable (Entry, String, Sight) -> Bool
  ) {
    self.init(
      parameter: Parameter(name, form, summary, isRepeatable: !once), needs: needs, holds: holds)
  }
}

extension ListView.Sort {
  init(_ name: String, needs: Permission? = nil, _ value: @escaping @Sendable (Entry, Sight) -> SortValue) {
    self.init(name: name, needs: needs, value: value)
  }
}
