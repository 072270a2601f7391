/// Cookies of a request.
enum Cookies {
  static func parse(_ headers: [String]) -> [String: String] {
    var cookies: [String: String] = [:]
    for pair in headers.flatMap({ $0.split(separator: ";") }) {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { continue }
      let name = String(sides[0].drop { $0 == " " })
      // The first of several: whoever adds another one later does not displace it.
      if cookies[name] == nil { cookies[name] = String(sides[1]) }
    }
    return cookies
  }
}

extension SessionStore {
  /// The cookie that ties a login at a provider to this browser; `Lax`, because the way back begins at the provider.
  var bindingCookie: String { "\(cookie)_login" }

  func setBindingCookie(_ value: String, seconds: Int) -> String {
    "\(bindingCookie)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
  }

  /// What a browser is told to keep.
  func setCookie(_ value: String, seconds: Int) -> String {
    "\(cookie)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
  }
}
