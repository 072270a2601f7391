import KeyBundles
import RelayWire
import TextFormats
import SyncEngine
import Testing

@testable import KubernetesTarget

@Suite struct FieldConflictTests {
  func status(_ messages: [String]) -> JSON {
    [
      "details": [
        "causes": .array(
          messages.map { ["reason": "FieldManagerConflict", "message": .string($0), "field": ".spec.replicas"] })
      ]
    ]
  }

  @Test func editsByHandAreToldFromDeclarations() {
    let byHand = FieldConflict(status(["conflict with \"kubectl-edit\" using apps/v1 at 2026-01-01T00:00:00Z"]))
    #expect(byHand.isByHand)
    #expect(byHand.manager == "kubectl-edit")
    let both = FieldConflict(
      status(["conflict with \"kubectl\" using apps/v1", "conflict with \"argocd\""]))
    #expect(!both.isByHand)
    #expect(both.manager == "argocd")
    #expect(both.fields == [".spec.replicas", ".spec.replicas"])
    #expect(FieldConflict(["message": "the object has been modified"]).manager == nil)
    #expect(!FieldConflict(["message": "the object has been modified"]).isByHand)
  }
}

@Suite struct DeploymentHealthTests {
  func deployment(_ replicas: Int, _ status: JSON, generation: Int = 1) -> JSON {
    [
      "metadata": [
        "generation": .integer(generation), "labels": ["wpex.io/org": "acme", "wpex.io/relay": "milan-1"],
      ],
      "spec": ["replicas": .integer(replicas)], "status": status,
    ]
  }

  @Test(
    arguments: [
      (1, ["observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1], .current),
      (2, ["observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 1], .inProgress),
      (1, ["observedGeneration": 1, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 2], .inProgress),
      (1, ["observedGeneration": 0], .inProgress), (1, [:], .inProgress),
      (0, ["observedGeneration": 1], .stopped), (0, ["observedGeneration": 1, "replicas": 1], .inProgress),
      (
        1,
        [
          "observedGeneration": 1,
          "conditions": [
            ["type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"]
          ],
        ], .failed
      ),
    ] as [(Int, JSON, RelayPhase)])
  func followsKstatus(_ replicas: Int, _ status: JSON, _ expected: RelayPhase) {
    #expect(DeploymentHealth.condition(deployment(replicas, status))?.status == expected)
  }

  @Test(
    arguments: [
      (1, ["replicas": 2, "updatedReplicas": 1, "unavailableReplicas": 1], .newPodsStarting(unready: 1)),
      (3, ["replicas": 5, "updatedReplicas": 3, "unavailableReplicas": 4], .newPodsStarting(unready: 3)),
      (1, ["replicas": 2, "updatedReplicas": 1, "availableReplicas": 2], .oldPodsStopping),
      (3, ["replicas": 4, "updatedReplicas": 1], .updating(updated: 1, wanted: 3)),
    ] as [(Int, JSON, DeploymentHealth.Rollout)])
  func saysWhatARolloutWaitsFor(_ replicas: Int, _ status: JSON, _ expected: DeploymentHealth.Rollout) {
    guard case .object(var members) = status else { return }
    members["observedGeneration"] = 1
    #expect(DeploymentHealth.rollout(deployment(replicas, .object(members))) == expected)
  }

  @Test(arguments: [(1, 1, nil), (3, 2, 2), (3, 4, 3), (3, nil, 0)] as [(Int, Int?, Int?)])
  func severalPodsAreMembers(_ replicas: Int, _ ready: Int?, _ counted: Int?) {
    let status: JSON = ready.map { ["readyReplicas": .integer($0)] } ?? [:]
    let members = DeploymentHealth.condition(deployment(replicas, status))?.members
    #expect(members?.ready == counted && members?.declared == (replicas > 1 ? replicas : nil))
  }

  @Test func strangersAreNoRelays() { #expect(DeploymentHealth.condition(["metadata": ["name": "x"]]) == nil) }
}

@Suite struct DriftTests {
  @Test func differencesNameTheirFields() {
    let left: JSON = [
      "metadata": ["managedFields": 1, "labels": ["a": "1"]], "spec": ["replicas": 3, "x": 1], "status": 1,
    ]
    let right: JSON = [
      "metadata": ["managedFields": 2, "labels": ["a": "2"]], "spec": ["replicas": 2, "x": 1], "status": 2,
    ]
    #expect(KubernetesTarget.differences(left, right) == [".metadata.labels.a", ".spec.replicas"])
  }

  @Test func applySetHasItsLabel() throws {
    let set = try ApplySet(region: "eu", namespace: "wpex-system")
    #expect(set.id.hasPrefix("applyset-") && set.id.hasSuffix("-v1"))
    #expect(set.id.count <= 63)
    let member = set.member(["metadata": ["name": "x", "labels": ["a": "b"]]])
    #expect(member["metadata"]?["labels"]?[ApplySet.memberLabel]?.text == set.id)
    #expect(member["metadata"]?["labels"]?["a"]?.text == "b")
  }
}

@Suite struct RelaySecretTests {
  private static let relay = DeployedRelay(org: "acme", name: "milan", namespace: "x-acme")
  private let rendered: JSON = [
    "kind": "Secret", "metadata": ["annotations": ["wpex.io/digest": "sha256:1"]],
    "data": ["bundle.age": "YQ==", "config.json": "e30="],
  ]

  private func completed(
    from live: JSON, _ written: RelaySecret.Written? = nil, sharing: RelaySecret.Sharing = .nobody,
    signer: DeclarationSigner? = nil, bundle: String? = nil, now: Int64 = 1_000
  ) throws -> RelaySecret {
    try RelaySecret(
      bundle.map { set("bundle.age", $0, in: rendered) } ?? rendered, from: live, of: Self.relay, sharing: sharing,
      signer: signer, written: written, now: now)
  }

  private func set(_ name: String, _ value: String?, in secret: JSON) -> JSON {
    guard case .object(var members) = secret, case .object(var data)? = members["data"] else { return secret }
    data[name] = value.map { .string($0) }
    members["data"] = .object(data)
    return .object(members)
  }

  private func changes(
    in live: JSON, _ written: RelaySecret.Written? = nil, signer: DeclarationSigner? = nil
  ) throws -> [String] {
    try RelaySecret.changes(in: live, rendered: rendered, of: Self.relay, signer: signer, written: written)
  }

  private func written(_ secret: RelaySecret) throws -> RelaySecret.Written {
    let files = try #require(secret.files)
    return RelaySecret.Written(declaration: files.files.declaration, token: files.token)
  }

  /// A relay's Secret keeps its token, its cluster's key and its declaration when it is applied again.
  @Test func whatIsThereStays() throws {
    let first = try completed(from: ["kind": "Status", "code": 404]).manifest
    #expect(RelayToken.token(inSecret: first) != nil && ClusterKey.key(inSecret: first) != nil)
    let declaration = try #require(RelayDeclaration.declaration(inSecret: first))
    #expect(declaration.serial == 1_000 && declaration.org == "acme" && declaration.relay == "milan")
    #expect(first["metadata"]?["annotations"]?["wpex.io/declaration"]?.text == declaration.digest)
    #expect(try completed(from: first, now: 2_000).manifest == first)
    // The same keys, encrypted again.
    #expect(try completed(from: first, bundle: "Yg==", now: 2_000).manifest == first)
    #expect(try changes(in: first) == [])
  }

  /// Other keys are declared with a newer serial.
  @Test func otherKeysAreDeclaredAgain() throws {
    let first = try completed(from: [:])
    guard case .object(var members) = rendered else { return }
    members["metadata"] = ["annotations": ["wpex.io/digest": "sha256:2"]]
    let next = try RelaySecret(
      set("bundle.age", "Yg==", in: .object(members)), from: first.manifest, of: Self.relay, written: nil, now: 2_000)
    #expect(RelayDeclaration.declaration(inSecret: next.manifest)?.serial == 2_000)
    #expect(RelayToken.token(inSecret: next.manifest) == RelayToken.token(inSecret: first.manifest))
  }

  /// A Secret from before clusters has a token alone, which it keeps.
  @Test(arguments: [nil, "bm90IGEga2V5"] as [String?]) func keyIsAddedIfItCannotBeUsed(_ old: String?) throws {
    let token = RelayToken.make()
    let live = set("cluster.key", old, in: RelayToken.add(token, toSecret: rendered))
    let completed = try completed(from: live).manifest
    #expect(RelayToken.token(inSecret: completed) == token)
    #expect(ClusterKey.key(inSecret: completed) != nil)
  }

  /// A relay of several regions has the key that they share, or none: one of its own would keep them apart.
  @Test func severalRegionsGetNoKeyOfTheirOwn() throws {
    let shared = ClusterKey.make()
    let given = try completed(from: [:], sharing: .regions(shared)).manifest
    #expect(ClusterKey.key(inSecret: given) == shared)
    let without = try completed(from: [:], sharing: .regions(nil)).manifest
    #expect(ClusterKey.key(inSecret: without) == nil && RelayToken.token(inSecret: without) != nil)
    #expect(try ClusterKey.key(inSecret: completed(from: given, sharing: .regions(nil)).manifest) == shared)
    // Members that run keep understanding each other.
    let single = try completed(from: [:]).manifest
    let joined = try completed(from: single, sharing: .regions(shared)).manifest
    #expect(ClusterKey.key(inSecret: joined)?.hasPrefix("\(shared)\n") == true)
    #expect(try ClusterKey.key(inSecret: completed(from: joined).manifest) == ClusterKey.key(inSecret: joined))
  }

  @Test func twoRelaysHaveTwoKeys() throws {
    let keys = try (0..<2).map { _ in ClusterKey.key(inSecret: try completed(from: [:]).manifest) }
    #expect(keys[0] != keys[1])
  }

  /// Whatever is not byte for byte what the daemon wrote is found and put back, whether this program wrote it or one before.
  @Test(arguments: ["bundle.age", "config.json", "declaration.json", "cluster.key"], [true, false])
  func changedDataIsFoundAndPutBack(_ name: String, _ isRemembered: Bool) throws {
    let first = try completed(from: [:])
    let memory = isRemembered ? try written(first) : nil
    for value in ["eA==", nil] {
      let live = set(name, value, in: first.manifest)
      #expect(try changes(in: live, memory).contains(name))
      let back = try completed(from: live, memory, now: 2_000)
      #expect(try changes(in: back.manifest, try written(back)) == [])
      // The rendered bundle is back, and a configuration with a token that nobody else chose.
      #expect(back.manifest["data"]?["bundle.age"] == rendered["data"]?["bundle.age"])
      if isRemembered {
        #expect(RelayToken.token(inSecret: back.manifest) == RelayToken.token(inSecret: first.manifest))
      }
    }
    #expect(try changes(in: first.manifest, memory) == [])
    // What others add is theirs.
    #expect(try changes(in: set("other", "eA==", in: first.manifest), memory) == [])
  }

  /// Somebody who declares files of his own is found, and relays that have seen his serial take the next one.
  @Test func aForgedDeclarationIsOverruled() throws {
    let first = try completed(from: [:])
    let forged = try RelaySecret(
      set("bundle.age", "Yg==", in: rendered), from: set("declaration.json", nil, in: first.manifest), of: Self.relay,
      written: nil, now: 9_000
    ).manifest
    let memory = try written(first)
    #expect(try changes(in: forged, memory) == ["bundle.age", "declaration.json"])
    let back = try completed(from: forged, memory, now: 2_000)
    #expect(RelayDeclaration.declaration(inSecret: back.manifest)?.serial == 9_001)
    #expect(back.manifest["data"]?["bundle.age"] == rendered["data"]?["bundle.age"])
  }

  private func signer(_ key: SigningKey, and others: SigningKey...) throws -> DeclarationSigner {
    try DeclarationSigner(([key] + others).map(\.publicText), among: [key])
  }

  /// A Secret that was written before relays wanted signatures is signed, and stays what it is.
  @Test func whatIsThereIsSigned() throws {
    let signer = try signer(.generate())
    let first = try completed(from: [:])
    let signed = try completed(from: first.manifest, try written(first), signer: signer, now: 2_000)
    let declaration = try #require(RelayDeclaration.declaration(inSecret: signed.manifest))
    #expect(declaration.isSigned(byOneOf: signer.verifiers) && declaration.serial == 1_000)
    #expect(declaration.digest == first.files?.files.declaration.digest)
    #expect(try changes(in: signed.manifest, signer: signer) == [])
    #expect(try completed(from: signed.manifest, signer: signer, now: 3_000).manifest == signed.manifest)
    // A second declared key, which signs from now on.
    let next = try SigningKey.generate()
    let both = try DeclarationSigner([next.publicText, signer.key.publicText], among: [next])
    let again = try completed(from: signed.manifest, signer: both, now: 4_000)
    let renewed = try #require(RelayDeclaration.declaration(inSecret: again.manifest))
    #expect(renewed.isSigned(byOneOf: [next.publicKey]) && renewed.digest == declaration.digest)
  }

  /// The annotation of a Secret is not enough: what nobody signed is not the daemon's, and its serial does not count, even if
  /// the daemon has lost its memory. Without signatures, the daemon would take it for its own.
  @Test(arguments: [true, false]) func aForgedDeclarationIsNotBelieved(_ isRemembered: Bool) throws {
    let signer = try signer(.generate())
    let first = try completed(from: [:], signer: signer)
    let memory = isRemembered ? try written(first) : nil
    for forger in [nil, try self.signer(.generate())] {
      let forged = try completed(from: [:], signer: forger, bundle: "Yg==", now: .max - 1).manifest
      #expect(try changes(in: forged, memory, signer: signer).contains("declaration.json"))
      let back = try completed(from: forged, memory, signer: signer, now: 2_000)
      let declaration = try #require(RelayDeclaration.declaration(inSecret: back.manifest))
      #expect(declaration.serial == (isRemembered ? 1_000 : 2_000) && declaration.isAccepted(by: signer))
      #expect(back.manifest["data"]?["bundle.age"] == rendered["data"]?["bundle.age"])
      #expect(RelayToken.token(inSecret: back.manifest) != RelayToken.token(inSecret: forged))
      #expect(try memory != nil || changes(in: forged) == [])
    }
  }

  /// A signature that was taken away is put back.
  @Test func aMissingSignatureIsFound() throws {
    let signer = try signer(.generate())
    let first = try completed(from: [:], signer: signer)
    var declaration = try #require(RelayDeclaration.declaration(inSecret: first.manifest))
    declaration.signature = nil
    let live = declaration.added(toSecret: first.manifest)
    for memory in [try written(first), nil] {
      #expect(try changes(in: live, memory, signer: signer).contains("declaration.json"))
    }
    #expect(try completed(from: live, try written(first), signer: signer, now: 2_000).manifest == first.manifest)
  }
}

@Suite struct RelayPodTests {
  private func pod(_ status: JSON, labels: JSON = ["wpex.io/org": "acme", "wpex.io/relay": "milan"]) -> JSON {
    ["metadata": ["name": "milan-1", "uid": "u", "labels": labels], "status": status]
  }

  @Test func onlyARelayThatRunsHasFilesInForce() {
    let running: JSON = [
      "podIP": "10.0.0.7",
      "containerStatuses": [["name": "relay", "containerID": "c1", "restartCount": 2, "state": ["running": [:]]]],
    ]
    let found = RelayPod(pod(running))
    #expect(found?.address == "10.0.0.7" && found?.start == "u/c1/2" && found?.org == "acme")
    #expect(RelayPod(pod(running, labels: [:])) == nil)
    #expect(RelayPod(pod(["containerStatuses": [["name": "relay", "state": ["waiting": [:]]]]])) == nil)
    #expect(RelayPod(pod([:])) == nil)
  }

  /// A pod's status may not lead elsewhere.
  @Test(arguments: ["evil.example", "10.0.0.7/x?", "10.0.0.7 ", "user@10.0.0.7"]) func strangeAddressesAreNone(
    _ text: String
  ) {
    let status: JSON = [
      "podIP": .string(text), "containerStatuses": [["name": "relay", "state": ["running": [:]]]],
    ]
    #expect(RelayPod(pod(status)).map(\.address) == .some(nil))
  }
}
