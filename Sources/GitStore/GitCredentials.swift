/// How a repository is reached. Nothing of it is ever shown.
package struct GitCredentials: Sendable {
  /// For https; tokens go as the password, the user name then hardly matters.
  package var username: String?
  package var password: String?
  /// For ssh: paths of the private key and, where it is not beside it as `.pub`, of the public one.
  package var privateKeyFile: String?
  package var publicKeyFile: String?
  package var passphrase: String?
  /// For ssh: the hosts that are trusted, in OpenSSH's form.
  package var knownHostsFile: String?
  /// For https: certificates to trust besides the system's.
  package var certificatesFile: String?

  package init() {}
}
