import CRelayCore

/// Counters of a worker besides drops. This list is the source of truth for metrics and documentation.
package enum Counter: Int, Sendable, CaseIterable {
  case receivedPackets
  case receivedBytes
  case forwardedPackets
  case forwardedBytes
  case movedPackets
  case receiveCalls
  case receivedMessages
  case coalescedPackets
  case sendCalls
  case sentMessages
  case segmentedPackets
  case segmentationFallbacks
  case queueOverflow
  case lostEvents
  case receiveFailures
  case clusterSent
  case clusterReceived
  case clusterRefused

  /// Name of the metric without prefix and `_total`.
  package var label: String {
    switch self {
    case .receivedPackets: "received_packets"
    case .receivedBytes: "received_bytes"
    case .forwardedPackets: "forwarded_packets"
    case .forwardedBytes: "forwarded_bytes"
    case .movedPackets: "roaming_packets"
    case .receiveCalls: "receive_calls"
    case .receivedMessages: "received_messages"
    case .coalescedPackets: "gro_packets"
    case .sendCalls: "send_calls"
    case .sentMessages: "sent_messages"
    case .segmentedPackets: "gso_packets"
    case .segmentationFallbacks: "gso_fallbacks"
    case .queueOverflow: "receive_queue_overflow"
    case .lostEvents: "lost_events"
    case .receiveFailures: "receive_failures"
    case .clusterSent: "cluster_sent"
    case .clusterReceived: "cluster_received"
    case .clusterRefused: "cluster_refused"
    }
  }

  /// Help text of the metric.
  package var explanation: String {
    switch self {
    case .receivedPackets: "Datagrams received."
    case .receivedBytes: "Bytes of UDP payload received."
    case .forwardedPackets: "Datagrams handed to the kernel for another peer."
    case .forwardedBytes: "Bytes of UDP payload forwarded."
    case .movedPackets: "Datagrams forwarded from an address that is not yet the session's."
    case .receiveCalls: "Calls to recvmmsg that returned something."
    case .receivedMessages: "Messages returned by recvmmsg; each holds one or more datagrams (GRO)."
    case .coalescedPackets: "Datagrams received in messages of several datagrams (UDP_GRO)."
    case .sendCalls: "Calls to sendmmsg."
    case .sentMessages: "Messages accepted by sendmmsg."
    case .segmentedPackets: "Datagrams sent in messages of several datagrams (UDP_SEGMENT)."
    case .segmentationFallbacks: "Messages sent again datagram by datagram, because the path refused UDP_SEGMENT."
    case .queueOverflow: "Datagrams that the kernel dropped because the socket's receive queue was full."
    case .lostEvents: "Events of the data path that were lost because the slow path's queue was full."
    case .receiveFailures: "Calls to recvmmsg that the system refused."
    case .clusterSent: "Control messages sent to other members of the cluster."
    case .clusterReceived: "Control messages of other members that were decrypted."
    case .clusterRefused: "Datagrams on the cluster's port that no member with the cluster's key has sent."
    }
  }
}
