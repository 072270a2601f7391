import AsyncHTTPClient
import ProcessSupport
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL
package import TextFormats

/// Talks to an API server: TLS verified, overload and interruptions waited for, tokens renewed.
package struct KubernetesClient: Sendable {
  package let access: ClusterAccess
  private let http: HTTPClient
  private let tokens: TokenSource
  private let underWay = RequestsUnderWay()

  /// What to accept where an object's names and marks are enough.
  package static let marksOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

  /// Attempts of one request, and the longest pause between two, in seconds.
  private static let attempts = 5
  private static let longestPause = 20.0
  /// Seconds for an attempt, including the body of its answer, and seconds after which no further attempt begins.
  private static let longestAttempt = 60.0
  private static let longestWait = 120.0
  private static let largestAnswer = 256 << 20

  package init(_ access: ClusterAccess) throws(KubernetesFailure) {
    self.access = access
    tokens = TokenSource(access.credentials)
    var tls = TLSConfiguration.makeClientConfiguration()
    do {
      if let authority = access.authority {
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
      }
      if case .certificate(let chain, let key) = access.credentials {
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(chain).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
      }
    } catch {
      throw KubernetesFailure(.invalid, "the certificates of `\(access.server)` cannot be used: \(error)")
    }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
    if let name = access.serverName, let host = URL(string: access.server)?.host {
      configuration.dnsOverride = [name: host]
    }
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  package func shutDown() async { try? await http.shutdown() }

  /// Breaks off every request that is under way.
  package func breakOff() { underWay.cancel() }

  /// An answer of the server.
  package struct Answer: Sendable {
    package let status: UInt
    package let body: JSON
  }

  package enum Method: String, Sendable {
    case get = "GET", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
  }

  /// Asks, and asks again where that may help: 429 with its Retry-After, 5xx, connections that broke, an expired token.
  ///
  /// - Parameters:
  ///   - path: with its query.
  ///   - isRepeatable: whether doing it twice does no harm; all of ours are but creations with POST.
  ///   - patience: seconds for a single attempt; nil for several, of a minute each.
  /// - Throws: `.unavailable` where all attempts failed. Every other answer is returned, whatever its status.
  ///
  /// A cancelled task finishes the attempt that is under way and makes no other.
  package func ask(
    _ method: Method, _ path: String, body: JSON? = nil, contentType: String = "application/json",
    accept: String = "application/json", isRepeatable: Bool = true, patience: Double? = nil
  ) async throws(KubernetesFailure) -> Answer {
    var reason = ""
    let attempts = patience == nil ? Self.attempts : 1
    let begin = ContinuousClock.now
    for attempt in 0..<attempts {
      if attempt > 0 && Task.isCancelled { break }
      var pause = min(Self.longestPause, 0.1 * Double(1 << (2 * attempt))) * .random(in: 0.5...1)
      do {
        let answer = try await underWay.finish {
          let seconds = patience ?? Self.longestAttempt
          // An answer that comes byte by byte would never be idle for long.
          return try await BoundedWait.value(within: .seconds(seconds)) {
            try await askOnce(method, path, body, contentType, accept, seconds)
          }
        }
        switch answer.status {
        case 401:
          await tokens.forget()
          reason = "the server does not accept our credentials"
        case 429, 500...599:
          reason = "the server answers \(answer.status): \(answer.message)"
          if let seconds = answer.retryAfter { pause = min(Self.longestPause, max(pause, Double(seconds))) }
        default: return Answer(status: answer.status, body: answer.body)
        }
      } catch let failure as KubernetesFailure {
        throw failure
      } catch {
        reason = error is BoundedWait.Elapsed ? "it does not answer in time" : "\(error)"
        if reason.contains("CERTIFICATE_VERIFY_FAILED") {
          throw KubernetesFailure(
            .invalid,
            "the certificate of \(access.server) is not trusted: the kubeconfig must name the authority that signed it")
        }
        if !isRepeatable { break }
      }
      guard ContinuousClock.now - begin < .seconds(Self.longestWait) else { break }
      if attempt < attempts - 1 { try? await Task.sleep(for: .seconds(pause)) }
    }
    throw KubernetesFailure(.unavailable, "\(access.server): \(reason)")
  }

  /// What a path answers as it is, such as a log. One attempt.
  ///
  /// - Parameters:
  ///   - limit: bytes of the longest answer that is taken.
  ///   - patience: seconds for all of it.
  package func bytes(
    _ path: String, limit: Int, patience: Double
  ) async throws(KubernetesFailure) -> (status: UInt, bytes: [UInt8]) {
    try await exchange(.get, path, limit: limit, patience: patience)
  }

  /// The same with any method and body: for what stands behind the server's proxy.
  ///
  /// - Parameter headers: for whoever stands there.
  package func exchange(
    _ method: Method, _ path: String, body: JSON? = nil, headers: [String: String] = [:], limit: Int, patience: Double
  ) async throws(KubernetesFailure) -> (status: UInt, bytes: [UInt8]) {
    do {
      var prepared = try await request(method, path, body, "application/json", "*/*")
      for (name, value) in headers { prepared.headers.replaceOrAdd(name: name, value: value) }
      let request = prepared
      return try await withThrowingTaskGroup(of: (UInt, [UInt8])?.self) { group in
        group.addTask {
          let response = try await http.execute(request, timeout: .milliseconds(Int64(patience * 1_000)))
          return (response.status.code, Array(try await response.body.collect(upTo: limit).readableBytesView))
        }
        // The client's own timeout ends with the head of an answer; a body may take its time.
        group.addTask {
          try await Task.sleep(for: .seconds(patience))
          return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let answer = first else {
          throw KubernetesFailure(.unavailable, "\(access.server) does not answer within \(patience) s")
        }
        if answer.0 == 401 { await tokens.forget() }
        return answer
      }
    } catch let failure as KubernetesFailure {
      throw failure
    } catch is NIOTooManyBytesError {
      throw KubernetesFailure(.invalid, "\(path) answers more than \(limit) bytes")
    } catch {
      throw KubernetesFailure(.unavailable, "\(access.server): \(error)")
    }
  }

  private struct RawAnswer {
    let status: UInt
    let body: JSON
    let retryAfter: Int?
    var message: String { body["message"]?.text ?? body.text.map { String($0.prefix(200)) } ?? "no reason given" }
  }

  private func askOnce(
    _ method: Method, _ path: String, _ body: JSON?, _ contentType: String, _ accept: String, _ seconds: Double
  ) async throws -> RawAnswer {
    let request = try await request(method, path, body, contentType, accept)
    let response = try await http.execute(request, timeout: .milliseconds(Int64(seconds * 1_000)))
    let buffer = try await response.body.collect(upTo: Self.largestAnswer)
    let bytes = Array(buffer.readableBytesView)
    let json = (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes.prefix(500), as: UTF8.self))
    return RawAnswer(
      status: response.status.code, body: json,
      retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) })
  }

  private func request(
    _ method: Method, _ path: String, _ body: JSON?, _ contentType: String, _ accept: String
  ) async throws -> HTTPClientRequest {
    var request = HTTPClientRequest(url: access.server + path)
    request.method = HTTPMethod(rawValue: method.rawValue)
    request.headers.add(name: "Accept", value: accept)
    request.headers.add(name: "User-Agent", value: "wpex-sync")
    if let token = try await tokens.token() { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let body {
      request.headers.add(name: "Content-Type", value: contentType)
      request.body = .bytes(ByteBuffer(string: body.text(.compact)))
    }
    return request
  }

  /// Every object of a list, page by page. A list that expires on the way (410) begins anew.
  ///
  /// - Parameters:
  ///   - metadataOnly: whether names and marks are enough.
  ///   - item: what is wanted of an object, taken while the pages arrive, so that no list is ever in memory as it came.
  /// - Returns: What `item` made, and the version from which a watch goes on; empty for a kind that this server does not
  ///   know.
  package func list<Item>(
    _ path: String, labels: String, metadataOnly: Bool = false, _ item: (JSON) -> Item?
  ) async throws(KubernetesFailure) -> (items: [Item], resourceVersion: String) {
    let accept =
      metadataOnly ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" : "application/json"
    let selector = Self.escaped(labels)
    for _ in 0..<3 {
      var items: [Item] = []
      var next = ""
      var isExpired = false
      repeat {
        let page = next.isEmpty ? "" : "&continue=\(Self.escaped(next))"
        let answer = try await ask(.get, "\(path)?labelSelector=\(selector)&limit=500\(page)", accept: accept)
        if answer.status == 410 {
          isExpired = true
          break
        }
        // A kind that this server does not know has no objects.
        if answer.status == 404 { return ([], "") }
        guard answer.status == 200 else { throw answer.failure(path) }
        items += (answer.body["items"]?.elements ?? []).compactMap(item)
        next = answer.body["metadata"]?["continue"]?.text ?? ""
        if next.isEmpty { return (items, answer.body["metadata"]?["resourceVersion"]?.text ?? "") }
      } while !isExpired
    }
    throw KubernetesFailure(.unavailable, "\(access.server): the list of \(path) expires again and again")
  }

  /// Follows changes until the connection ends, which is normal, or the version is too old.
  ///
  /// - Parameters:
  ///   - metadataOnly: whether names and marks are enough.
  ///   - body: given type and object of every event but bookmarks.
  /// - Returns: The version from which to go on; nil where everything must be listed anew (410).
  /// - Throws: Where it does not even begin.
  package func watch(
    _ path: String, labels: String, from resourceVersion: String, metadataOnly: Bool = false,
    _ body: @Sendable (String, JSON) async -> Void
  ) async throws -> String? {
    var version = resourceVersion
    let query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=240&labelSelector=\(Self.escaped(labels))"
    let accept = metadataOnly ? Self.marksOnly : "application/json"
    let request = try await request(
      .get, "\(path)?\(query)&resourceVersion=\(Self.escaped(version))", nil, "", accept)
    let response = try await http.execute(request, timeout: .seconds(300))
    if response.status.code == 410 { return nil }
    if response.status.code == 401 { await tokens.forget() }
    guard response.status.code == 200 else {
      throw KubernetesFailure(.status(response.status.code), "watching \(path) answers \(response.status.code)")
    }
    var rest: [UInt8] = []
    do {
      for try await buffer in response.body {
        rest += buffer.readableBytesView
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
          let line = Array(rest[start..<end])
          start = end + 1
          guard let event = try? JSON(parsing: line), let type = event["type"]?.text, let object = event["object"]
          else { continue }
          if type == "ERROR" { return object["code"]?.int == 410 ? nil : version }
          version = object["metadata"]?["resourceVersion"]?.text ?? version
          if type != "BOOKMARK" { await body(type, object) }
        }
        rest.removeSubrange(..<start)
      }
    } catch {
      // A connection that breaks, or is silent for long, is taken up again from where it was.
      return version
    }
    return version
  }

  static func escaped(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.map { byte in
      plain.contains(byte)
        ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}

extension KubernetesClient.Answer {
  /// Why an answer is not a success.
  package func failure(_ what: String) -> KubernetesFailure {
    KubernetesFailure(.status(status), "\(what): \(body["message"]?.text ?? "status \(status)")")
  }
}
