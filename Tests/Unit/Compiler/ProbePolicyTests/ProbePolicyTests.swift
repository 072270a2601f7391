import Glibc
import TestSupport
import Testing

@testable import ProbePolicy

/// The bytes of an address, as the C library reads it.
private func bytes(_ text: String) throws -> [UInt8] {
  let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
  var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
  try #require(inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &bytes) == 1, "\(text) is not an address")
  return bytes
}

@Suite struct ProbePolicyTests {
  @Test(arguments: [
    "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "169.254.169.254", "::",
    "ff02::1", "fe80::1", "febf::1", "::ffff:169.254.169.254", "::ffff:224.0.0.1", "::ffff:0.0.0.0",
  ])
  func nobodysAddressIsRefusedAlways(_ text: String) throws {
    let address = try bytes(text)
    #expect(ProbePolicy().refusal(of: address) != nil)
    let everything = [AddressRange([0, 0, 0, 0], 0), AddressRange([UInt8](repeating: 0, count: 16), 0)]
    #expect(ProbePolicy(deniesPrivate: true, allowed: everything).refusal(of: address) != nil)
  }

  @Test(arguments: [
    "10.0.0.1", "127.0.0.1", "127.255.255.254", "100.64.0.1", "100.127.255.255", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "198.19.255.255", "::1", "fd00::1", "fc00::1", "fec0::1",
    "100::1", "5f00::1", "2001:2::1", "64:ff9b:1::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1",
    "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "2002:a00:1::1", "2002:7f00:1::",
    "2001:0:a00:1::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:4860::5efe:10.0.0.1",
    "2001:4860::200:5efe:192.168.0.1", "2002:a9fe:a9fe::1",
  ])
  func privateAddressIsRefusedOnDemand(_ text: String) throws {
    #expect(ProbePolicy(deniesPrivate: true).refusal(of: try bytes(text)) != nil)
    #expect(ProbePolicy().refusal(of: try bytes(text)) == nil)
  }

  @Test(arguments: [
    "8.8.8.8", "172.32.0.1", "172.15.255.255", "100.128.0.1", "192.0.2.1", "203.0.113.7", "11.0.0.1",
    "2001:4860:4860::8888", "64:ff9b::8.8.8.8", "2002:808:808::1", "2600::1", "::ffff:8.8.8.8",
  ])
  func publicAddressIsProbed(_ text: String) throws {
    #expect(ProbePolicy(deniesPrivate: true).refusal(of: try bytes(text)) == nil)
  }

  @Test func networksOfThePlatform() throws {
    let policy = ProbePolicy(
      deniesPrivate: true, allowed: [AddressRange([10, 20, 0, 0], 16), AddressRange(try bytes("fd00:1::"), 32)],
      denied: [AddressRange([10, 20, 9, 0], 24), AddressRange([203, 0, 113, 0], 24)])
    for allowed in ["10.20.0.1", "::ffff:10.20.0.1", "fd00:1::7", "8.8.8.8"] {
      #expect(policy.refusal(of: try bytes(allowed)) == nil, "\(allowed)")
    }
    for refused in ["10.21.0.1", "10.20.9.1", "203.0.113.7", "::ffff:203.0.113.7", "fd00:2::7", "64:ff9b::10.20.0.1"] {
      #expect(policy.refusal(of: try bytes(refused)) != nil, "\(refused)")
    }
  }

  @Test(arguments: [
    (0, "255.255.255.255", true), (1, "128.0.0.0", false), (9, "10.127.0.1", true), (9, "10.128.0.1", false),
  ])
  func rangesCountBits(_ bits: Int, _ text: String, _ isInside: Bool) throws {
    #expect(AddressRange([10, 0, 0, 0], bits).contains(try bytes(text)) == isInside)
  }

  /// The forms are those that the C library takes, and mean what it takes them for.
  @Test(arguments: [
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0X7F.1", "017700000001", "0177.0.0.1", "10.1.65535", "0",
    "1.2.3.4",
    "256.1", "1.2.3.256", "1.2.3.4.5", "", "1..2", "0x", "08.1.1.1", "host", "4294967296", "+1", "1.-1", "0x1p3",
  ])
  func oldFormsOfAddresses(_ text: String) {
    var address = in_addr()
    let expected =
      inet_aton(text, &address) == 1 ? withUnsafeBytes(of: &address.s_addr) { Array($0) } : nil
    #expect(HostLiteral.ipv4(text) == expected)
  }

  /// Python's `ipaddress` knows the registries; whatever it calls private is refused here, but for documentation's networks.
  @Test func agreesWithPython() throws {
    let program = """
      import ipaddress, random, sys
      random.seed(12)
      documentation = [ipaddress.ip_network(n) for n in
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")]
      edges = set()
      for network in (*ipaddress._IPv4Constants._private_networks, *ipaddress._IPv6Constants._private_networks):
          for address in (network[0], network[-1]):
              for near in (-1, 0, 1):
                  if 0 <= int(address) + near < 2 ** address.max_prefixlen:
                      edges.add(address + near)
      addresses = [*edges, *(ipaddress.IPv4Address(random.getrandbits(32)) for _ in range(3000)),
        *(ipaddress.IPv6Address(random.getrandbits(125) | 1 << 125) for _ in range(1000))]
      for address in addresses:
          if address.is_private and not any(address in network for network in documentation if network.version == address.version):
              print(address)
      """
    let private_ = try ExternalCommand.withFolder { folder in
      try ExternalCommand.run(Judge.python, ["-c", program], folder: folder)
    }
    #expect(private_.status == 0, "\(private_.errors)")
    let addresses = private_.output.separatedLines
    #expect(addresses.count > 50)
    // 2001::/23 is protocols': Python takes all of it for private, here it counts by what it leads to.
    let refused = try addresses.filter { try ProbePolicy(deniesPrivate: true).refusal(of: bytes($0)) == nil }
    #expect(refused.filter { !$0.utf8.starts(with: "2001:".utf8) } == [])
  }
}

extension String {
  fileprivate var separatedLines: [String] { split(separator: "\n").map(String.init) }
}
