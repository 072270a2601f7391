import RelayCore
import Synchronization
import Testing
import TextFormats

@testable import RelayServer

/// Names are resolved again and again, because what is behind them changes.
@Suite struct ClusterNamesTests {
  private static func endpoint(_ last: UInt32) -> Endpoint { Endpoint(ipv4: 0x0A00_0000 | last, port: 7_000) }

  @Test func nameFollowsItsAddresses() throws {
    let pods = try #require(HostPort("relay-members:7000"))
    let other = try #require(HostPort("10.0.0.9:7000"))
    let answers = Mutex<[String: [Endpoint]]>([:])
    let found = Mutex<[[Endpoint]]>([])
    let names = ClusterNames([pods, other], addresses: { place in answers.withLock { $0[place.host] ?? [] } }) {
      endpoints in
      found.withLock { $0.append(endpoints) }
    }
    func round(_ addresses: [Endpoint]) -> [Endpoint] {
      answers.withLock { $0 = ["relay-members": addresses, "10.0.0.9": [Self.endpoint(9)]] }
      names.resolve()
      return found.withLock { $0.last ?? [] }
    }
    #expect(round([]) == [Self.endpoint(9)], "the name does not exist yet")
    #expect(round([Self.endpoint(1)]) == [Self.endpoint(1), Self.endpoint(9)])
    #expect(round([Self.endpoint(2), Self.endpoint(3)]) == [2, 3, 9].map(Self.endpoint))
    #expect(round([]) == [2, 3, 9].map(Self.endpoint), "the resolver does not answer")
    names.replace([pods])
    #expect(round([Self.endpoint(4)]) == [Self.endpoint(4)])
    names.replace([])
    #expect(round([Self.endpoint(4)]) == [])
  }
}
