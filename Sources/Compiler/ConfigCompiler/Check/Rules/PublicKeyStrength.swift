import ConfigModel
import Diagnostics
import KeyBundles

/// Public keys must not be of low order: every shared secret would be zero.
enum PublicKeyStrength: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for key in unit.keys {
      guard let publicKey = key.spec.publicKey, publicKey.mayBeWeak, WireGuardKey.isLowOrder(publicKey.bytes) else {
        continue
      }
      report.add(
        .weakPublicKey, "the public key of `\(key.name)` is a low-order point and protects nothing",
        at: key.place(["spec", "publicKey"]), help: "generate a new key pair with `wg genkey` and `wg pubkey`")
    }
  }
}
