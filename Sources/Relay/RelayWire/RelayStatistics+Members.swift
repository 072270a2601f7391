/// Names of the document's members, which are the names of the cases, in the order in which they are written.
extension RelayStatistics {
  enum Member: String, CodingKey {
    case uptimeSeconds, handshakes, sessions, connectedPeers, traffic, drops, receiveQueueOverflow, tables, cluster
    case peers, probes
  }

  enum HandshakesMember: String, CodingKey { case total, responses, successful }

  enum TrafficMember: String, CodingKey { case receivedBytes, receivedPackets, forwardedBytes, forwardedPackets }

  enum TablesMember: String, CodingKey {
    case addresses, pendingInitiations, sessionCandidates, roamingCandidates
  }
}

extension RelayStatistics.Cluster {
  enum Name: String, CodingKey { case member, ready, homes, lost, crossing, members }
}

extension RelayStatistics.Cluster.Member {
  enum Name: String, CodingKey { case member, address, state, roundTripMilliseconds, agrees, homes }
}

extension RelayStatistics.Peer {
  enum Member: String, CodingKey {
    case name, alias, fingerprint, group, state, endpoint, sessions, handshakes, lastHandshakeSeconds
    case receivedBytes, receivedPackets, sentBytes, sentPackets, handshakeMilliseconds, pathMilliseconds, member, total
  }
}

extension RelayStatistics.ProbeResult {
  enum Member: String, CodingKey { case name, last }

  enum LastMember: String, CodingKey {
    case kind, target, address, finishedAt, reached, failure, sent, received, milliseconds, hops
  }
}

extension RelayStatistics.Hop {
  enum Member: String, CodingKey { case hop, address, milliseconds, reached }
}
