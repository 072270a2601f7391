import Testing

@testable import GitStore

@Suite struct RemoteTests {
  @Test(arguments: [
    ("https://user:token@git.example.org/x.git", "https://git.example.org/x.git"),
    ("https://git.example.org/a@b.git", "https://git.example.org/a@b.git"),
    ("ssh://git@git.example.org:22/x.git", "ssh://git.example.org:22/x.git"), ("/srv/x@y.git", "/srv/x@y.git"),
  ])
  func addressIsShownWithoutCredentials(_ url: String, _ shown: String) { #expect(GitURL.shown(url) == shown) }

  struct Parts {
    let text: String
    let transport: GitAddress.Transport
    let url: String
    let server: String
    let host: String
    var user: String?
    var password: String?
  }

  @Test(arguments: [
    Parts(
      text: "https://anna:p%40ss:w@git.example.org:8443/x.git", transport: .http,
      url: "https://git.example.org:8443/x.git", server: "https://git.example.org:8443", host: "git.example.org",
      user: "anna", password: "p@ss:w"),
    Parts(
      text: "HTTPS://token@[2001:db8::1]:443/x", transport: .http, url: "https://[2001:db8::1]:443/x",
      server: "https://[2001:db8::1]:443", host: "2001:db8::1", user: "token"),
    Parts(
      text: "ssh://git:secret@git.example.org/x.git", transport: .ssh, url: "ssh://git@git.example.org/x.git",
      server: "ssh://git.example.org", host: "git.example.org", user: "git", password: "secret"),
    Parts(
      text: "git@git.example.org:x/y.git", transport: .ssh, url: "git@git.example.org:x/y.git",
      server: "ssh://git.example.org", host: "git.example.org", user: "git"),
    Parts(
      text: "[2001:db8::1]:x", transport: .ssh, url: "[2001:db8::1]:x", server: "ssh://2001:db8::1", host: "2001:db8::1"
    ),
    Parts(text: "/srv/a:b", transport: .local, url: "/srv/a:b", server: "", host: ""),
    Parts(text: "./a:b", transport: .local, url: "./a:b", server: "", host: ""),
    Parts(text: "relays", transport: .local, url: "relays", server: "", host: ""),
    Parts(text: "file:///srv/x", transport: .local, url: "file:///srv/x", server: "", host: ""),
    Parts(
      text: "git://git.example.org/x", transport: .git, url: "git://git.example.org/x",
      server: "git://git.example.org", host: "git.example.org"),
  ])
  func addressIsTakenApart(_ parts: Parts) throws {
    let address = try GitAddress(parts.text)
    #expect(address.transport == parts.transport && address.url == parts.url)
    #expect(address.server == parts.server && address.host == parts.host)
    #expect(address.user == parts.user && address.password == parts.password)
  }

  @Test(arguments: ["", "ext::sh -c true", "ext://x", "fd::17", "https://a/\nb", "ftp://a/b"])
  func otherAddressesAreRefusedOrPaths(_ text: String) {
    // `ext::` and `fd::` would run a program; as a host's name they reach nobody.
    if let address = try? GitAddress(text) { #expect(address.transport == .ssh && address.url == text) }
  }

  @Test func secretsAreInMemoryFilesAlone() throws {
    var credentials = GitCredentials()
    credentials.username = "anna"
    let access = try RemoteAccess(
      GitAddress("https://x:to'ken@git.example.org:8443/x.git"), credentials, timeouts: GitTimeouts(), home: "/nowhere",
      surroundings: ["PATH": "/bin", "https_proxy": "http://proxy", "GIT_SSH_COMMAND": "false", "LD_PRELOAD": "x"])
    #expect(!access.environment.contains { $0.contains("to'ken") } && !access.address.url.contains("to'ken"))
    #expect(access.environment.contains("https_proxy=http://proxy") && access.environment.contains("PATH=/bin"))
    #expect(!access.environment.contains { $0.hasPrefix("GIT_SSH_COMMAND") || $0.hasPrefix("LD_") })
    let files = access.files.map { String(decoding: $0, as: UTF8.self) }
    #expect(files.count == 3 && files[1] == "username=anna\npassword=to'ken\n")
    #expect(!files[0].contains("to'ken") && files[0].contains("[credential \"https://git.example.org:8443\"]"))
  }

  @Test func configurationIsQuoted() {
    #expect(GitConfigurationText.quoted("a\"b\\c\nd ;#") == #""a\"b\\c\nd ;#""#)
  }
}

@Suite struct FetchFailureTests {
  struct Case {
    let url: String
    let errors: String
    let kind: FetchError.Kind
    let words: String
  }

  @Test(arguments: [
    Case(
      url: "https://git.example.org/x",
      errors: "fatal: could not read Username for 'https://git.example.org': terminal prompts disabled\n",
      kind: .credentials, words: "none are configured"),
    Case(
      url: "https://git.example.org/x",
      errors: "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.example.org/x/'\n",
      kind: .credentials, words: "refuses the credentials"),
    Case(
      url: "https://git.example.org/x",
      errors:
        "warning: redirecting to https://evil.example/\nfatal: could not read Username for 'https://evil.example': terminal prompts disabled",
      kind: .credentials, words: "redirects to `https://evil.example`"),
    Case(
      url: "https://git.example.org/x",
      errors: "fatal: unable to access 'https://git.example.org/x/': The requested URL returned error: 403\n",
      kind: .credentials, words: "HTTP 403"),
    Case(
      url: "https://git.example.org/x",
      errors: "fatal: unable to access 'https://git.example.org/x/': The requested URL returned error: 503\n",
      kind: .other, words: "error: 503"),
    Case(
      url: "https://git.example.org/x",
      errors: "fatal: unable to access 'https://git.example.org/x/': Could not resolve host: git.example.org\n",
      kind: .other, words: "Could not resolve host"),
    Case(
      url: "https://git.example.org/x",
      errors:
        "fatal: unable to access 'https://git.example.org/x/': server certificate verification failed. CAfile: none CRLfile: none\n",
      kind: .other, words: "`certificatesFile` names its issuer"),
    Case(
      url: "https://git.example.org/x", errors: "fatal: repository 'https://git.example.org/x/' not found\n",
      kind: .other, words: "these credentials cannot access it"),
    Case(
      url: "git@git.example.org:x",
      errors: "git@git.example.org: Permission denied (publickey).\r\nfatal: Could not read",
      kind: .credentials, words: "none are configured"),
    Case(
      url: "git@git.example.org:x",
      errors:
        "ssh: connect to host git.example.org port 22: Connection timed out\nfatal: Could not read from remote repository.",
      kind: .other, words: "Connection timed out"),
    Case(
      url: "/srv/x", errors: "fatal: couldn't find remote ref refs/heads/main\n", kind: .branch,
      words: "no branch `main`"),
    Case(
      url: "/srv/x", errors: "fatal: mismatched algorithms: client sha1; server sha256\n", kind: .other,
      words: "SHA-256"),
    Case(
      url: "/srv/x", errors: "error: object file objects/1f/22 is empty\nfatal: loose object 1f22 is corrupt\n",
      kind: .mirror, words: "is corrupt"),
    Case(url: "/srv/x", errors: "remote: fatal: bad object HEAD\nfatal: early EOF\n", kind: .other, words: "early EOF"),
    Case(url: "/srv/x", errors: "", kind: .other, words: "status 128"),
  ])
  func saysWhoRefusedAndWhatIsNext(_ example: Case) throws {
    let failure = FetchError(
      example.errors, status: 128, address: try GitAddress(example.url), GitCredentials(), branch: "main",
      mirror: "/state/repository.git")
    #expect(failure.kind == example.kind && failure.reason.contains(example.words), "\(failure.reason)")
  }

  @Test func whatAServerSaysHasALimit() throws {
    let failure = FetchError(
      "fatal: " + String(repeating: "x", count: 100_000), status: 128, address: try GitAddress("/srv/x"),
      GitCredentials(), branch: "main", mirror: "/m")
    #expect(failure.reason.utf8.count < 400)
  }
}

@Suite struct FetchWatchTests {
  private func watch(isConnected: Bool = false) -> FetchWatch {
    var timeouts = GitTimeouts()
    (timeouts.connect, timeouts.silence, timeouts.whole) = (10, 30, 100)
    return FetchWatch(timeouts, from: 1_000, isConnected: isConnected)
  }

  @Test func aConnectionHasItsOwnTime() {
    var watch = watch()
    // Life without a connection, such as a name that is looked up again and again.
    watch.heard(at: 1_009)
    #expect(watch.expiry(at: 1_009.9) == nil && watch.rest(at: 1_009) == 1)
    #expect(watch.expiry(at: 1_010) == .connect)
    watch.connected(at: 1_009)
    #expect(watch.expiry(at: 1_010) == nil)
  }

  @Test func silenceEndsWhatIsConnected() {
    var watch = watch(isConnected: true)
    #expect(watch.expiry(at: 1_029.9) == nil && watch.expiry(at: 1_030) == .silence)
    watch.heard(at: 1_029)
    #expect(watch.expiry(at: 1_058) == nil && watch.rest(at: 1_058) == 1 && watch.expiry(at: 1_059) == .silence)
  }

  @Test func signsOfLifeHaveAnEnd() {
    var watch = watch(isConnected: true)
    for second in 1_000..<1_100 { watch.heard(at: Double(second)) }
    #expect(watch.expiry(at: 1_099.9) == nil && watch.rest(at: 1_099) == 1 && watch.expiry(at: 1_100) == .whole)
  }

  @Test func aMarkMayBeCutAnywhere() {
    let text = Array("== Info: Connected\n=> Send header: GET".utf8)
    for cut in text.indices {
      var trace = ConnectionTrace()
      let seen = [trace.shows(Array(text[..<cut])), trace.shows(Array(text[cut...]))]
      #expect(seen == [false, true] || seen == [true, true], "\(cut)")
    }
    var trace = ConnectionTrace()
    let isConnected = trace.shows(Array("== Info: Connected to git.example.org (192.0.2.1) port 443".utf8))
    #expect(!isConnected)
  }
}
