/// Parsing of cookies.
enum Cookies {
  /// Returns cookies by name.
  static func parse(_ headers: [String]) -> [String: String] {
    var cookies: [String: String] = [:]
    for pair in headers.flatMap({ $0.split(separator: ";") }) {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { continue }
      let name = String(sides[0].drop { $0 == " " })
      // If a name is repeated, the first cookie counts, so that one injected later cannot replace it.
      if cookies[name] == nil { cookies[name] = String(sides[1]) }
    }
    return cookies
  }
}

extension SessionStore {
  /// Name of the cookie that ties a login at a provider to this browser.
  var bindingCookie: String { "\(cookie)_login" }

  /// Returns a `Set-Cookie` header for the binding cookie.
  ///
  /// It is `SameSite=Lax`, because the callback is a navigation from the provider's site.
  func setBindingCookie(_ value: String, seconds: Int) -> String {
    "\(bindingCookie)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
  }

  /// Returns a `Set-Cookie` header for the session cookie.
  func setCookie(_ value: String, seconds: Int) -> String {
    "\(cookie)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
  }
}
