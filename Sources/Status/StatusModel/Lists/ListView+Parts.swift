import ConfigModel

extension ListView.Filter {
  /// Creates a filter from the parts of its parameter.
  ///
  /// - Parameters:
  ///   - needs: permission required to filter by this.
  ///   - once: whether the parameter may be given only once.
  ///   - holds: whether an entry matches a value.
  init(
    _ name: String, _ form: Parameter.Form, _ summary: String, needs: Permission? = nil, once: Bool = false,
    _ holds: @escaping @Sendable (Entry, String, VisibleSnapshot) -> Bool
  ) {
    self.init(
      parameter: Parameter(name, form, summary, isRepeatable: !once), needs: needs, holds: holds)
  }
}

extension ListView.Sort {
  /// Creates a sort order.
  ///
  /// - Parameter needs: permission required to sort by this; without it, entries have no value.
  init(_ name: String, needs: Permission? = nil, _ value: @escaping @Sendable (Entry, VisibleSnapshot) -> SortValue) {
    self.init(name: name, needs: needs, value: value)
  }
}
