/// The part of an HTTP message that a channel event represents.
package enum MessagePart: Sendable { case head, body, end }
