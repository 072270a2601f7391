/// Values of log lines in the form `name=value`.
package enum LogfmtText {
  /// The value, bare where it can stand so, else between quotes with escapes.
  package static func value(_ text: String) -> String {
    let isBare = text.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
        && byte != UInt8(ascii: "\\")
    }
    if isBare, !text.isEmpty { return text }
    let escaped = text.replacingScalars { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      default: scalar.isHidden ? "\\u{\(String(scalar.value, radix: 16))}" : nil
      }
    }
    return "\"\(escaped)\""
  }
}
