import LanguageServer
import Testing

@Suite struct FrameReaderTests {
  private func frames(_ text: String) -> [FrameReader.Frame] {
    var reader = FrameReader()
    return reader.feed(Array(text.utf8))
  }

  @Test func cutsFramesAtAnyBoundary() {
    let stream = Array("Content-Length: 2\r\n\r\n{}content-length:3\r\nContent-Type: x\r\n\r\n[1]".utf8)
    let expected: [FrameReader.Frame] = [.body(Array("{}".utf8)), .body(Array("[1]".utf8))]
    for size in 1...stream.count {
      var reader = FrameReader()
      var found: [FrameReader.Frame] = []
      for start in stride(from: 0, to: stream.count, by: size) {
        found += reader.feed(stream[start..<min(start + size, stream.count)])
      }
      #expect(found == expected)
    }
  }

  @Test(arguments: [
    "Content-Type: x\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999\r\n\r\n",
    "Content-Length: abc\r\n\r\n", "\r\n\r\n", ":\r\n\r\n", "Content-Length:\r\n\r\n",
  ])
  func aBadHeaderCostsItself(_ header: String) {
    let found = frames(header + "Content-Length: 2\r\n\r\n{}")
    #expect(found.count == 2 && found.last == .body(Array("{}".utf8)))
    guard case .fault? = found.first else {
      Issue.record("\(header) must be a fault")
      return
    }
  }

  @Test func anEndlessHeaderIsOneFault() {
    var reader = FrameReader()
    var found: [FrameReader.Frame] = []
    for _ in 0..<100 { found += reader.feed([UInt8](repeating: UInt8(ascii: "x"), count: 1_000)) }
    #expect(found.count == 1)
    found += reader.feed(Array("\r\n\r\nContent-Length: 2\r\n\r\n{}".utf8))
    #expect(found.last == .body(Array("{}".utf8)))
  }

  @Test func aHugeBodyIsPassedOver() {
    var reader = FrameReader()
    let size = FrameReader.maxBodyBytes + 1
    var found = reader.feed(Array("Content-Length: \(size)\r\n\r\n".utf8))
    #expect(found.count == 1)
    var rest = size
    while rest > 0 {
      let count = min(rest, 1 << 20)
      found += reader.feed([UInt8](repeating: 0, count: count))
      rest -= count
    }
    found += reader.feed(Array("Content-Length: 2\r\n\r\n{}".utf8))
    #expect(found.count == 2 && found.last == .body(Array("{}".utf8)))
  }
}
