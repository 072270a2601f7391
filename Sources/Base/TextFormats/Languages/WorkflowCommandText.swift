/// Text inside workflow commands of GitHub Actions, `::name property=value::data`.
package enum WorkflowCommandText {
  /// Returns text for the part after the second `::`.
  package static func data(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "%": "%25"
      case "\r": "%0D"
      case "\n": "%0A"
      default: nil
      }
    }
  }

  /// Returns the value of a property.
  package static func property(_ text: String) -> String {
    data(text).replacingScalars { scalar in
      switch scalar {
      case ":": "%3A"
      case ",": "%2C"
      default: nil
      }
    }
  }
}
