import ConfigCompiler
import KubernetesClient
import KubernetesModel
package import RelayWire
package import SyncEngine
import TextFormats

extension KubernetesTarget {
  /// Port of a relay's HTTP API in its pod.
  private static let httpPort = 8_080

  package func appliedFiles(of relay: DeployedRelay, in region: String) async throws(TargetError) -> AppliedFiles? {
    if let files = secrets.takeFiles(of: relay, in: region) { return files }
    guard let path = ResourcePath.one(Secret.kind, Secret.apiVersion, relay.namespace, ObjectNames.bundle(relay.name))
    else { return nil }
    do {
      let live = try await client.ask(.get, path)
      if live.status == 404 { return nil }
      guard live.status == 200 else { throw live.failure("the Secret of relay \(relay)") }
      return try files(in: live.body, of: relay, region)
    } catch {
      throw Self.failure(error)
    }
  }

  private func files(
    in live: JSON, of relay: DeployedRelay, _ region: String
  ) throws -> AppliedFiles? {
    let written = secrets.written(to: relay, in: region)
    // The next pass declares the files of an earlier wpex.
    guard let own = RelaySecret.ownDeclaration(in: live, of: relay, written) else { return nil }
    guard let token = written?.token ?? RelayToken.token(inSecret: live),
      let files = try? DeclaredFiles(own, RelayDeclaration.contents(ofSecret: live))
    else {
      throw TargetError(.refused, "its Secret was changed outside wpex, and is put back at the next check for drift")
    }
    return AppliedFiles(files, token: token)
  }

  package func instances(
    of relay: DeployedRelay, in region: String
  ) async throws(TargetError) -> [InstanceChannel] {
    let all: [RelayPod]
    do {
      all = try await pods.pods(in: relay.namespace)
    } catch {
      throw Self.failure(error)
    }
    return all.filter { $0.org == relay.org && $0.relay == relay.name }.map { channel(to: $0, in: relay.namespace) }
  }

  private func channel(to pod: RelayPod, in namespace: String) -> InstanceChannel {
    InstanceChannel(pod.name, start: pod.start) { [client, reach] request, seconds in
      switch reach {
      case .directly:
        guard let address = pod.address else { throw InstanceChannel.Failure("it has no address yet") }
        return try await InstanceClient.shared.send(
          request, to: HostPort.text(address, Self.httpPort), seconds: seconds)
      case .throughServer:
        let path = "/api/v1/namespaces/\(namespace)/pods/\(pod.name):\(Self.httpPort)/proxy\(DeclarationExchange.path)"
        let answer: (status: UInt, bytes: [UInt8])
        do {
          answer = try await client.exchange(
            .post, path, bytes: request.body, headers: [DeclarationExchange.header: request.seal],
            limit: InstanceClient.maxAnswerBytes, timeout: seconds)
        } catch {
          throw InstanceChannel.Failure("it cannot be reached: \(error)")
        }
        // The API server's own refusals are of this kind; a relay answers nothing of the sort.
        if answer.status != 200, let status = try? JSON(parsing: answer.bytes), status["kind"]?.text == "Status" {
          throw InstanceChannel.Failure(
            "the API server does not lead to it: \(String((status["message"]?.text ?? "").prefix(300)))")
        }
        return try InstanceClient.body(answer.bytes, status: answer.status)
      }
    }
  }

  /// Changes an annotation of the pod, so that the kubelet looks at the pod and refreshes its volumes.
  package func nudge(
    _ instance: InstanceChannel, of relay: DeployedRelay, to declaration: RelayDeclaration, in region: String
  ) async {
    let path =
      "/api/v1/namespaces/\(relay.namespace)/pods/\(instance.name)?fieldManager=\(KubernetesTarget.fieldManager)"
    // If it fails, the kubelet refreshes the volume later, and the instance is shown with what keeps it from answering.
    _ = try? await client.ask(
      .patch, path, body: ["metadata": ["annotations": [ObjectMetadataKeys.declaration: .string(declaration.digest)]]],
      contentType: "application/merge-patch+json", timeout: 10)
  }
}
