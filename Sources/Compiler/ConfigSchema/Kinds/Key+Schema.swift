import ConfigModel

extension Schema where Value == KeySpec {
  static let key = Schema.object(
    "Key.spec", KeySpec(), "A peer's WireGuard public key, and the site that it connects.",
    alternatives: [.exactlyOne(of: "publicKey", "sealedKey")],
    fields: [
      .optional(
        "publicKey", \.publicKey, .parsed(.wireGuardKey) { WireGuardPublicKey($0) },
        "the public key, 32 bytes as base64", examples: "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="),
      .optional(
        "sealedKey", \.sealedKey, .format(.ageArmor),
        "the public key, sealed with `wpex seal` to this organization and name"),
      .optional("alias", \.alias, .text(length: 1...200), "its display name", examples: "Warehouse Milan"),
      .defaulted("status", \.status, .choice, "whether relays accept it", default: "active"),
      .optional("expires", \.expires, .date, "the last day on which it is valid", examples: "2027-06-30"),
      .optional("site", \.site, .site, "the peer's location"),
    ])
}

extension Schema where Value == Site {
  static let site = Schema.object(
    "Key.spec.site", Site(), "A peer's location.",
    fields: [
      .optional("region", \.region, .reference(.region), "the nearest region", examples: "eu-south"),
      .optional("subnet", \.subnet, .network, "the network behind the peer", examples: "10.20.0.0/24"),
      .optional(
        "overlap", \.overlap, .choice,
        "whether the network can overlap that of another key on the same relay; if missing, that is an error (WPX1431)",
        examples: "intended"),
      .optional("publicIP", \.publicIP, .ipAddress, "the address from which it connects", examples: "198.51.100.7"),
      .optional("location", \.location, .text(length: 1...200), "the place", examples: "Milano, IT"),
    ])
}
