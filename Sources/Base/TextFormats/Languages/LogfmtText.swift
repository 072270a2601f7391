/// Values in log lines of the form `name=value` (logfmt).
package enum LogfmtText {
  /// Returns a value: bare if possible, otherwise quoted and escaped.
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
