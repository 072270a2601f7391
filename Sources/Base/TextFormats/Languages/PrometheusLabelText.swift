/// Label values in Prometheus' text format, version 0.0.4.
package enum PrometheusLabelText {
  /// Returns a value, quoted and escaped.
  package static func value(_ text: String) -> String {
    let escaped = text.replacingScalars { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "\"": "\\\""
      case "\n": "\\n"
      default: nil
      }
    }
    return "\"\(escaped)\""
  }
}
