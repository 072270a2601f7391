import ChangePlan
import ChangeSet
import ConfigCompiler
import ConfigModel
import KeyBundles
import KubernetesModel
import RepositorySupport
import TextFormats
import DeploymentPlanning
import Testing

/// 300 random commits: what a plan says comes true, and it says nothing else.
@Suite struct PlanAgainstTruthTests {
  private struct Place: Hashable {
    let region: String
    let id: ObjectID
  }

  @Test(arguments: 0..<10)
  func appliedPlansMakeTheHead(_ seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) &+ 1_000)
    var repository = GeneratedRepository(seed: UInt64(seed))
    var before = await Planned.revision(MemoryRepository(repository.files))
    try #require(!before.compilation.hasErrors, "\(before.compilation.text)")
    var world = try rendered(before.compilation)
    var changes = 0
    for _ in 0..<30 {
      let earlier = repository
      repository.commit(&random)
      let after = await Planned.revision(MemoryRepository(repository.files), reusing: before.compilation)
      try #require(!after.compilation.hasErrors, "\(after.compilation.text)")
      let plan = try ChangePlan(from: before, to: after, options: Planned.options)
      let truth = try rendered(after.compilation)
      try applies(plan, from: world, to: truth)
      try agrees(plan, earlier, repository)
      changes += plan.isEmpty ? 0 : 1
      before = after
      world = truth
    }
    #expect(changes > 15)
  }

  // MARK: - Objects

  private func rendered(_ compilation: Compilation) throws -> [Place: RenderedObject] {
    let renderer = try Renderer(compilation, options: Planned.options)
    var objects: [Place: RenderedObject] = [:]
    for region in compilation.platform.platform?.spec.regions ?? [] {
      for unit in compilation.units {
        for object in try renderer.objects(of: unit, in: region.name) {
          objects[Place(region: region.name, id: ObjectID(object.manifest))] = object
        }
      }
    }
    return objects
  }

  /// Without the line that it is declared on, which may move without any change.
  private func content(_ object: RenderedObject?) -> JSON? {
    guard let object, case .object(var body) = object.manifest.body, case .object(var metadata)? = body["metadata"],
      case .object(var annotations)? = metadata["annotations"]
    else { return nil }
    annotations[ObjectMetadataKeys.source] = nil
    metadata["annotations"] = .object(annotations)
    body["metadata"] = .object(metadata)
    return .object(body)
  }

  private func applies(
    _ plan: ChangePlan, from before: [Place: RenderedObject], to after: [Place: RenderedObject]
  ) throws {
    var world = before
    for region in plan.regions {
      for step in region.plan.steps + region.plan.heldSteps {
        let place = Place(region: region.region, id: step.id)
        switch step.action {
        case .create: #expect(world[place] == nil)
        case .update:
          #expect(world[place] != nil && content(world[place]) != content(step.object), "nothing changes at \(step.id)")
        case .delete: #expect(world[place] != nil)
        }
        world[place] = step.object
        // What is applied is the head's to the last byte.
        #expect(step.object == after[place])
      }
    }
    #expect(Set(world.keys) == Set(after.keys))
    for (place, object) in after where world[place] != object {
      #expect(content(world[place]) == content(object), "\(place)")
    }
  }

  // MARK: - Access, rights and endpoints, counted by hand

  private func agrees(_ plan: ChangePlan, _ before: GeneratedRepository, _ after: GeneratedRepository) throws {
    let (old, new) = (before.access, after.access)
    func fingerprint(_ material: Int) throws -> String {
      try KeyFingerprint(of: WireGuardKey(bytes: GeneratedRepository.publicKey(material))).text
    }
    var sentences: Set<String> = []
    for pair in Set(old.keys).union(new.keys) where old[pair] != new[pair] {
      let name = "key \(pair.key) of \(pair.org)"
      switch (old[pair], new[pair]) {
      case (nil, let now?): sentences.insert("\(name) gains relay \(pair.relay) (\(try fingerprint(now)))")
      case (let then?, nil): sentences.insert("\(name) loses relay \(pair.relay) (\(try fingerprint(then)))")
      case (let then?, let now?):
        sentences.insert(
          "\(name) has new key material at relay \(pair.relay): \(try fingerprint(then)) → \(try fingerprint(now))")
      case (nil, nil): break
      }
    }
    let side = PlanReport.Side(revision: "a", commit: nil)
    let json = PlanReport(plan, base: side, head: side).json
    let told = (json["access"]?.elements ?? []).compactMap { $0["sentence"]?.text }
    #expect(told.count == sentences.count && Set(told) == sentences)

    var rights: [String: (gained: Set<String>, lost: Set<String>)] = [:]
    for change in plan.rights {
      rights[change.user] = (Set(change.gained.map(\.rawValue)), Set(change.lost.map(\.rawValue)))
    }
    let (could, can) = (before.rights, after.rights)
    for user in Set(could.keys).union(can.keys).union(rights.keys) {
      let (then, now) = (could[user] ?? [], can[user] ?? [])
      #expect(rights[user]?.gained ?? [] == now.subtracting(then), "\(user)")
      #expect(rights[user]?.lost ?? [] == then.subtracting(now), "\(user)")
    }

    let (from, to) = (before.endpoints, after.endpoints)
    var moved: Set<[String]> = []
    for (relay, address) in from {
      guard let now = to[relay], now != address else { continue }
      let peers = old.keys.filter { $0.org == relay.org && $0.relay == relay.relay && new[$0] != nil }.map(\.key)
        .sorted()
      moved.insert([relay.org, relay.relay, address, now] + peers)
    }
    #expect(Set(plan.endpoints.map { [$0.org, $0.relay, $0.old, $0.new] + $0.peers }) == moved)
  }
}
