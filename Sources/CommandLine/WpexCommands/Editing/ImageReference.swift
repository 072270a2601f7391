import ConfigModel
import ConfigSchema

/// Parser for Docker image references.
enum ImageReference {
  /// Parses `REPOSITORY:TAG`, `REPOSITORY@DIGEST` or both; nil if it is none of them.
  static func parse(_ text: String) -> Image? {
    var image = Image()
    var rest = text[...]
    if let sign = rest.firstIndex(of: "@") {
      image.digest = String(rest[rest.index(after: sign)...])
      rest = rest[..<sign]
    }
    // A colon before a slash belongs to a registry's port.
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
      image.tag = String(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
    }
    image.repository = String(rest)
    guard StringFormat.imageRepository.matches(image.repository.utf8), image.tag != nil || image.digest != nil,
      image.tag.map({ StringFormat.imageTag.matches($0.utf8) }) ?? true,
      image.digest.map({ StringFormat.imageDigest.matches($0.utf8) }) ?? true
    else { return nil }
    return image
  }
}
