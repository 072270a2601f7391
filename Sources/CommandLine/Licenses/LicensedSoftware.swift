import CLicenses

/// Third-party software that is compiled into or linked with the programs, with its licence.
package struct LicensedSoftware: Sendable, Equatable {
  /// Ways in which software is part of the programs.
  package enum Use: String, Sendable, CaseIterable {
    /// Embedded in the status pages that `wpex` serves.
    case embedded
    /// A Swift package, compiled into the programs.
    case compiled
    /// A system library, linked with the programs.
    case linked
  }

  /// The software's name.
  package let name: String
  /// The licence's SPDX expression.
  package let license: String
  /// The copyright holders, with years if they are known.
  package let copyright: String
  /// How the software is part of the programs.
  package let use: Use
  /// The name of the licence text in `CLicenses`; nil to generate `text` from `copyright`.
  private let source: String?

  /// The Debian package that has the software's headers or files; nil for Swift packages.
  package var debianPackage: String? { use == .compiled ? nil : source }

  private init(_ name: String, _ license: String, _ copyright: String, _ use: Use, source: String?) {
    self.name = name
    self.license = license
    self.copyright = copyright
    self.use = use
    self.source = source
  }

  /// All third-party software, by use and name.
  package static let all: [LicensedSoftware] =
    [
      Self("Chart.js", "MIT", "Chart.js Contributors", .embedded, source: "libjs-chart.js"),
      Self("d3", "BSD-3-Clause", "2010-2017 Mike Bostock", .embedded, source: "node-d3"),
    ]
    + apache.map { name, copyright in Self(name, "Apache-2.0", copyright, .compiled, source: "Apache-2.0") }
    + [
      Self("GNU C Library", "LGPL-2.1-or-later", "the Free Software Foundation", .linked, source: "libc6-dev"),
      Self(
        "GNU C++ Library", "GPL-3.0-or-later WITH GCC-exception-3.1", "the Free Software Foundation", .linked,
        source: "gcc-12-base"),
      Self("GRDB.swift", "MIT", "2015-2025 Gwendal Roué", .compiled, source: nil),
      Self("LibYAML", "MIT", "2006-2016 Kirill Simonov, 2017-2020 Ingy döt Net", .linked, source: "libyaml-dev"),
      Self(
        "libgit2", "GPL-2.0-only WITH GCC-exception-2.0", "the libgit2 contributors", .linked, source: "libgit2-dev"),
      Self("libpq", "PostgreSQL", "the PostgreSQL Global Development Group", .linked, source: "libpq-dev"),
      Self("libssh2", "BSD-3-Clause", "2004-2020 Sara Golemon and others", .linked, source: "libssh2-1-dev"),
      Self(
        "Mbed TLS", "Apache-2.0 OR GPL-2.0-or-later", "the Mbed TLS contributors", .linked, source: "libmbedtls-dev"),
      Self("http_parser", "MIT", "Joyent, Inc. and other Node contributors", .linked, source: "libhttp-parser-dev"),
      Self(
        "PCRE2", "BSD-3-Clause", "1997-2022 University of Cambridge, Zoltan Herczeg", .linked, source: "libpcre2-dev"),
      Self("OpenSSL", "Apache-2.0", "the OpenSSL Project Authors", .linked, source: "libssl-dev"),
      Self("SQLite", "blessing", "none: in the public domain", .linked, source: "libsqlite3-dev"),
      Self("zlib", "Zlib", "1995-2022 Jean-loup Gailly and Mark Adler", .linked, source: "zlib1g-dev"),
    ]

  /// Packages under the Apache License, with their copyright holders.
  private static let apache: [(String, String)] =
    [
      ("async-http-client", "Apple Inc. and the Swift Server Working Group"),
      ("hummingbird", "the Hummingbird authors"), ("Swift and its standard libraries", "the Swift project authors"),
    ]
    + [
      "algorithms", "argument-parser", "async-algorithms", "atomics", "collections",
      "configuration", "distributed-tracing", "http-structured-headers", "http-types", "log", "metrics",
      "nio",
      "nio-extras", "nio-http2", "nio-ssl", "nio-transport-services", "numerics", "service-context",
      "service-lifecycle", "system",
    ].map { ("swift-\($0)", "Apple Inc. and the project's authors") }

  /// The text of the licence.
  package var text: String {
    guard let source else { return Self.mit(copyright) }
    return Self.texts[source] ?? ""
  }

  /// The notice and licence of wpex itself.
  package static var own: String { (texts["NOTICE"] ?? "") + "\n" + (texts["Apache-2.0"] ?? "") }

  private static let texts: [String: String] = {
    var texts: [String: String] = [:]
    for place in 0..<license_text_count() {
      guard let text = license_text_at(place)?.pointee else { continue }
      texts[String(cString: text.source)] = String(
        decoding: UnsafeBufferPointer(start: text.bytes, count: text.length), as: UTF8.self)
    }
    return texts
  }()

  private static func mit(_ copyright: String) -> String {
    """
    Copyright (c) \(copyright)

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
    documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
    rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
    persons to whom the Software is furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
    Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
    WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
    COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
    OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

    """
  }
}
