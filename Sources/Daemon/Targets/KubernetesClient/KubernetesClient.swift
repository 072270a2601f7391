import AsyncHTTPClient
import ProcessSupport
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL
package import TextFormats

/// Client of a Kubernetes API server that verifies TLS, waits out overload and interruptions, and renews tokens.
package struct KubernetesClient: Sendable {
  /// Address and credentials.
  package let access: ClusterAccess
  private let http: HTTPClient
  private let tokens: TokenSource
  private let underWay = RequestsUnderWay()

  /// `Accept` header for requests that need only an object's metadata.
  package static let marksOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

  /// Attempts per request, and the longest pause between two, in seconds.
  private static let attempts = 5
  private static let maxPause = 20.0
  /// Seconds per attempt, including the response body, and seconds after which no further attempt starts.
  private static let attemptTimeout = 60.0
  private static let maxWait = 120.0
  private static let maxAnswerBytes = 256 << 20

  /// Creates a client.
  ///
  /// - Throws: `KubernetesClientError` if the certificates are unusable.
  package init(_ access: ClusterAccess) throws(KubernetesClientError) {
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
      throw KubernetesClientError(.invalid, "the certificates of `\(access.server)` cannot be used: \(error)")
    }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
    if let name = access.serverName, let host = URL(string: access.server)?.host {
      configuration.dnsOverride = [name: host]
    }
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes all connections.
  package func shutDown() async { try? await http.shutdown() }

  /// Aborts all requests in progress, and refuses others until `resume`: work that must end sends none after another, each of
  /// which a server that does not answer would hold up.
  package func breakOff() { underWay.breakOff() }

  /// Allows requests again.
  package func resume() { underWay.resume() }

  /// A response of the server.
  package struct Answer: Sendable {
    /// HTTP status.
    package let status: UInt
    /// Parsed body; a string if it is not JSON.
    package let body: JSON
  }

  /// HTTP method.
  package enum Method: String, Sendable {
    case get = "GET", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
  }

  /// Sends a request, and retries if that may help: 429 (honoring Retry-After), 5xx, broken connections, an expired
  /// token.
  ///
  /// A cancelled task finishes the attempt in progress and makes no other.
  ///
  /// - Parameters:
  ///   - method: HTTP method.
  ///   - path: Path, including the query.
  ///   - body: JSON to send.
  ///   - contentType: Type of the body.
  ///   - accept: Accepted type of the response.
  ///   - isRepeatable: Whether sending the request twice is harmless, as for all of ours except creation with POST.
  ///   - timeout: Seconds for a single attempt; nil for several attempts of up to a minute each.
  /// - Returns: The response, whatever its status, if it is final.
  /// - Throws: `KubernetesClientError`: `.unavailable` if all attempts failed, `.invalid` if the server's certificate is
  ///   not trusted or there are no usable credentials.
  package func ask(
    _ method: Method, _ path: String, body: JSON? = nil, contentType: String = "application/json",
    accept: String = "application/json", isRepeatable: Bool = true, timeout: Double? = nil
  ) async throws(KubernetesClientError) -> Answer {
    var reason = ""
    let attempts = timeout == nil ? Self.attempts : 1
    let begin = ContinuousClock.now
    for attempt in 0..<attempts {
      if attempt > 0 && Task.isCancelled { break }
      guard !underWay.isBrokenOff else {
        throw KubernetesClientError(.unavailable, "\(access.server): the lease was lost")
      }
      var pause = min(Self.maxPause, 0.1 * Double(1 << (2 * attempt))) * .random(in: 0.5...1)
      do {
        let answer = try await underWay.finish {
          let seconds = timeout ?? Self.attemptTimeout
          // A response that trickles in byte by byte would never hit the idle timeout.
          return try await BoundedWait.value(within: .seconds(seconds)) {
            try await askOnce(method, path, body, contentType, accept, seconds)
          }
        }
        switch answer.status {
        case 401:
          await tokens.forget()
          reason = "the server does not accept our credentials"
        case 429, 500...599:
          reason = "the server returned \(answer.status): \(answer.message)"
          if let seconds = answer.retryAfter { pause = min(Self.maxPause, max(pause, Double(seconds))) }
        default: return Answer(status: answer.status, body: answer.body)
        }
      } catch let failure as KubernetesClientError {
        throw failure
      } catch {
        reason = error is BoundedWait.Elapsed ? "it did not answer in time" : "\(error)"
        if reason.contains("CERTIFICATE_VERIFY_FAILED") {
          throw KubernetesClientError(
            .invalid,
            "the certificate of \(access.server) is not trusted: the kubeconfig must name the authority that signed it")
        }
        if !isRepeatable { break }
      }
      if underWay.isBrokenOff { reason = "it did not answer before the lease was lost" }
      guard ContinuousClock.now - begin < .seconds(Self.maxWait), !underWay.isBrokenOff else { break }
      if attempt < attempts - 1 { try? await Task.sleep(for: .seconds(pause)) }
    }
    throw KubernetesClientError(.unavailable, "\(access.server): \(reason)")
  }

  /// Returns the raw response of a path, such as a log, in a single attempt.
  ///
  /// - Parameters:
  ///   - path: Path, including the query.
  ///   - limit: Largest accepted body in bytes.
  ///   - timeout: Seconds for the whole request.
  /// - Throws: `KubernetesClientError` if there is no response in time or it is too large.
  package func bytes(
    _ path: String, limit: Int, timeout: Double
  ) async throws(KubernetesClientError) -> (status: UInt, bytes: [UInt8]) {
    try await exchange(.get, path, limit: limit, timeout: timeout)
  }

  /// Sends a request with any method and body, in a single attempt, as for services behind the server's proxy.
  ///
  /// - Parameters:
  ///   - method: HTTP method.
  ///   - path: Path, including the query.
  ///   - body: JSON to send.
  ///   - bytes: Other content to send; nil if there is none.
  ///   - headers: Additional headers, for the service.
  ///   - limit: Largest accepted body in bytes.
  ///   - timeout: Seconds for the whole request.
  /// - Throws: `KubernetesClientError` if there is no response in time or it is too large.
  package func exchange(
    _ method: Method, _ path: String, body: JSON? = nil, bytes: [UInt8]? = nil, headers: [String: String] = [:],
    limit: Int, timeout: Double
  ) async throws(KubernetesClientError) -> (status: UInt, bytes: [UInt8]) {
    do {
      var prepared = try await request(method, path, body, "application/json", "*/*")
      if let bytes {
        prepared.headers.replaceOrAdd(name: "Content-Type", value: "application/octet-stream")
        prepared.body = .bytes(ByteBuffer(bytes: bytes))
      }
      for (name, value) in headers { prepared.headers.replaceOrAdd(name: name, value: value) }
      let request = prepared
      return try await withThrowingTaskGroup(of: (UInt, [UInt8])?.self) { group in
        group.addTask {
          let response = try await http.execute(request, timeout: .milliseconds(Int64(timeout * 1_000)))
          return (response.status.code, Array(try await response.body.collect(upTo: limit).readableBytesView))
        }
        // The client's own timeout ends with the response head; the body could take any time.
        group.addTask {
          try await Task.sleep(for: .seconds(timeout))
          return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let answer = first else {
          throw KubernetesClientError(.unavailable, "\(access.server) does not answer within \(timeout) s")
        }
        if answer.0 == 401 { await tokens.forget() }
        return answer
      }
    } catch let failure as KubernetesClientError {
      throw failure
    } catch is NIOTooManyBytesError {
      throw KubernetesClientError(.invalid, "\(path) returned more than \(limit) bytes")
    } catch {
      throw KubernetesClientError(.unavailable, "\(access.server): \(error)")
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
    let buffer = try await response.body.collect(upTo: Self.maxAnswerBytes)
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

  /// Lists all objects, page by page. A list that expires meanwhile (410) is started again.
  ///
  /// - Parameters:
  ///   - path: Path of the collection.
  ///   - labels: Label selector.
  ///   - metadataOnly: Whether metadata is enough.
  ///   - item: Converts an object as its page arrives, so that the raw list is never held in memory; nil leaves the
  ///     object out.
  /// - Returns: The converted objects, and the resource version from which to watch; empty for a kind that the server
  ///   does not know.
  /// - Throws: `KubernetesClientError` if the list cannot be completed.
  package func list<Item>(
    _ path: String, labels: String, metadataOnly: Bool = false, _ item: (JSON) -> Item?
  ) async throws(KubernetesClientError) -> (items: [Item], resourceVersion: String) {
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
        // A kind that the server does not know has no objects.
        if answer.status == 404 { return ([], "") }
        guard answer.status == 200 else { throw answer.failure(path) }
        items += (answer.body["items"]?.elements ?? []).compactMap(item)
        next = answer.body["metadata"]?["continue"]?.text ?? ""
        if next.isEmpty { return (items, answer.body["metadata"]?["resourceVersion"]?.text ?? "") }
      } while !isExpired
    }
    throw KubernetesClientError(.unavailable, "\(access.server): the list of \(path) keeps expiring")
  }

  /// Watches for changes until the connection ends, which is normal, or the version is too old.
  ///
  /// - Parameters:
  ///   - path: Path of the collection.
  ///   - labels: Label selector.
  ///   - resourceVersion: Version from which to watch.
  ///   - metadataOnly: Whether metadata is enough.
  ///   - body: Called with type and object of every event except bookmarks.
  /// - Returns: The version from which to continue; nil if everything has to be listed again (410).
  /// - Throws: An error if the watch cannot start.
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
      throw KubernetesClientError(.status(response.status.code), "watching \(path) returned \(response.status.code)")
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
      // A connection that breaks or stays silent for long is resumed from the last version.
      return version
    }
    return version
  }

  /// Returns text with percent encoding for URLs.
  static func escaped(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.map { byte in
      plain.contains(byte)
        ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}

extension KubernetesClient.Answer {
  /// Returns the failure for a response that is not a success; `what` names the object.
  package func failure(_ what: String) -> KubernetesClientError {
    KubernetesClientError(.status(status), "\(what): \(body["message"]?.text ?? "status \(status)")")
  }
}
