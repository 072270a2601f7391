/// How a repository is reached. Files are read each time they are used, so that what is in them can be replaced at any time.
package struct GitCredentials: Sendable {
  /// For https; tokens go as the password, the user name then hardly matters.
  package var username: String?
  /// For https: a file with the password or token.
  package var passwordFile: String?
  /// For ssh: the private key.
  package var privateKeyFile: String?
  /// For ssh: the hosts that are trusted, in OpenSSH's form.
  package var knownHostsFile: String?
  /// For https: certificates to trust instead of the system's.
  package var certificatesFile: String?

  package init() {}
}
