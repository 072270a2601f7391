/// Credentials for a repository. Files are read again for each fetch, so that they can be replaced at any time.
package struct GitCredentials: Sendable {
  /// User name for HTTPS. Most servers ignore it if the password is a token.
  package var username: String?
  /// File with the password or token for HTTPS.
  package var passwordFile: String?
  /// File with the private key for SSH.
  package var privateKeyFile: String?
  /// File with the trusted host keys for SSH, in OpenSSH's `known_hosts` format.
  package var knownHostsFile: String?
  /// File with certificates to trust for HTTPS instead of the system's.
  package var certificatesFile: String?

  package init() {}
}
