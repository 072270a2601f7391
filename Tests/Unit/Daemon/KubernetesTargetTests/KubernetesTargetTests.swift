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
  private let rendered: JSON = ["kind": "Secret", "data": ["bundle.age": "YQ==", "config.json": "e30="]]

  /// A relay's Secret keeps its token and its cluster's key when it is applied again.
  @Test func whatIsThereStays() {
    let first = KubernetesTarget.completed(rendered, from: ["kind": "Status", "code": 404])
    #expect(RelayToken.token(inSecret: first) != nil && ClusterKey.key(inSecret: first) != nil)
    #expect(KubernetesTarget.completed(rendered, from: first) == first)
  }

  /// A Secret from before clusters has a token alone, which it keeps.
  @Test(arguments: [nil, "bm90IGEga2V5"] as [String?]) func keyIsAddedIfItCannotBeUsed(_ old: String?) {
    let token = RelayToken.make()
    var live = RelayToken.add(token, toSecret: rendered)
    if let old, case .object(var members) = live, case .object(var data)? = members["data"] {
      data["cluster.key"] = .string(old)
      members["data"] = .object(data)
      live = .object(members)
    }
    let completed = KubernetesTarget.completed(rendered, from: live)
    #expect(RelayToken.token(inSecret: completed) == token)
    #expect(ClusterKey.key(inSecret: completed) != nil)
  }

  @Test func twoRelaysHaveTwoKeys() {
    let keys = (0..<2).map { _ in ClusterKey.key(inSecret: KubernetesTarget.completed(rendered, from: [:])) }
    #expect(keys[0] != keys[1])
  }
}
