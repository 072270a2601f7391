extension FieldShape {
  /// Returns the field's documentation for editors.
  ///
  /// - Parameter path: Path of the field, such as `Relay.spec.port`.
  package func markdown(path: String) -> String {
    var lines = ["**\(path)** (\(presence))", "", "\(summary.capitalizedFirst): \(shape.displayText)."]
    if let choices = shape.choices {
      lines.append("")
      lines += choices.map { "- `\($0.value)`: \($0.summary)" }
    }
    if let object = shape.object {
      lines.append("")
      lines += object.fields.map { "- `\($0.name)`: \($0.summary) (\($0.presence))" }
      for group in object.alternatives {
        let names = group.fields.map { "`\($0)`" }.joined(separator: ", ")
        lines += ["", (group.rule == .exactlyOne ? "Exactly one of " : "At least one of ") + names + "."]
      }
    }
    if let example = examples.first { lines += ["", "```yaml", "\(name): \(example)", "```"] }
    return lines.joined(separator: "\n")
  }
}
