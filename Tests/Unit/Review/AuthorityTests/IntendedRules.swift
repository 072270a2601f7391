/// Who may make each change, written by hand: active users of an active organization, and of acme where a role is an
/// organization's. `anybody` is everybody, whatever their status. Nobody else may.
enum IntendedRules {
  static let table = """
    Platform added                                        | admin
    Platform changed                                      | admin
    Platform: more for tenants                            | admin
    Platform removed                                      | admin
    Role added                                            | admin
    Role changed                                          | admin
    Role removed                                          | admin

    global User added, pending                            | anybody
    global User added, active                             | admin
    global User added, disabled                           | admin
    global User: displayName                              | admin
    global User: roles to admin                           | admin
    global User: status to disabled                       | admin
    global User removed                                   | admin

    Organization acme: displayName                        | admin engineer keeper
    Organization acme: contacts                           | admin engineer keeper
    Organization acme: identity                           | admin engineer keeper
    Organization acme: limits                             | admin
    Organization acme: limits removed                     | admin
    Organization acme: tests                              | admin
    Organization acme: slaTarget                          | admin
    Organization acme: allowedRegions                     | admin
    Organization acme: portRange                          | admin
    Organization acme: status to another                  | admin
    Organization acme: labels                             | admin
    Organization acme: annotations                        | admin
    Organization acme: comment                            | admin engineer keeper
    Organization acme removed                             | admin
    Organization globex: displayName                      | admin
    Organization globex: contacts                         | admin
    Organization globex: identity                         | admin
    Organization globex: limits                           | admin
    Organization globex: limits removed                   | admin
    Organization globex: tests                            | admin
    Organization globex: slaTarget                        | admin
    Organization globex: allowedRegions                   | admin
    Organization globex: portRange                        | admin
    Organization globex: status to another                | admin
    Organization globex: labels                           | admin
    Organization globex: annotations                      | admin
    Organization globex: comment                          | admin
    Organization globex removed                           | admin

    Organization added, pending                           | anybody
    Organization added, pending, with pending users       | anybody
    Organization added, pending, with an active user      | admin
    Organization added, pending, with a key               | admin
    Organization added, active                            | admin
    second Organization added to acme, pending            | admin

    oneself: displayName                                  | admin executive engineer viewer keeper
    oneself: email                                        | admin executive engineer viewer keeper
    oneself: SSH key                                      | admin executive engineer viewer keeper
    oneself: account                                      | admin executive engineer viewer keeper
    oneself: token                                        | admin executive engineer viewer keeper
    oneself: ipAllowlist                                  | admin
    oneself: roles to none                                | admin
    oneself: roles to admin                               | admin
    oneself: roles to more                                | admin

    User added to acme, pending, engineer                 | anybody
    User added to acme, active, without roles             | admin engineer
    User added to acme, active, viewer                    | admin engineer
    User added to acme, active, engineer                  | admin
    User added to acme, disabled, viewer                  | admin engineer
    pending User of acme, viewer: approved                | admin engineer
    pending User of acme, viewer: approved as engineer    | admin
    User of acme, viewer: roles to engineer               | admin
    User of acme, viewer: roles to none                   | admin engineer
    User of acme, without roles: roles to keeper          | admin engineer
    User of acme, viewer: comment                         | admin engineer keeper
    User of acme, viewer removed                          | admin engineer
    User of acme, engineer removed                        | admin
    User of acme, viewer: second document, pending        | admin engineer
    User of acme, without roles: displayName              | admin engineer keeper
    User of acme, without roles: email                    | admin engineer keeper
    User of acme, without roles: SSH key                  | admin engineer keeper
    User of acme, without roles: account                  | admin engineer keeper
    User of acme, without roles: token                    | admin engineer keeper
    User of acme, without roles: ipAllowlist              | admin engineer keeper
    User of acme, without roles: labels                   | admin engineer keeper
    User of acme, without roles: status to disabled       | admin engineer keeper
    User of acme, viewer: displayName                     | admin engineer
    User of acme, viewer: email                           | admin engineer
    User of acme, viewer: SSH key                         | admin engineer
    User of acme, viewer: account                         | admin engineer
    User of acme, viewer: token                           | admin engineer
    User of acme, viewer: ipAllowlist                     | admin engineer
    User of acme, viewer: labels                          | admin engineer
    User of acme, viewer: status to disabled              | admin engineer
    User of acme, engineer: displayName                   | admin
    User of acme, engineer: email                         | admin
    User of acme, engineer: SSH key                       | admin
    User of acme, engineer: account                       | admin
    User of acme, engineer: token                         | admin
    User of acme, engineer: ipAllowlist                   | admin
    User of acme, engineer: labels                        | admin
    User of acme, engineer: status to disabled            | admin

    User added to globex, pending, engineer               | anybody
    every other change of users of globex                 | admin

    Key added to acme                                     | admin engineer keeper
    Key of acme changed                                   | admin engineer keeper
    Key of acme: labels                                   | admin engineer keeper
    Key of acme: comment                                  | admin engineer keeper
    Key of acme removed                                   | admin engineer keeper
    Key of acme undecodable                               | admin engineer keeper
    Relay added to acme                                   | admin engineer
    Relay of acme changed                                 | admin engineer
    Relay of acme: keys                                   | admin engineer
    Relay of acme: exposure to LoadBalancer               | admin
    Relay of acme: exposure to HostPort                   | admin
    Relay of acme: the platform's image                   | admin engineer
    Relay of acme: foreign image                          | admin
    Relay of acme: fewer resources                        | admin engineer
    Relay of acme: more resources                         | admin
    Relay added to acme, with HostPort                    | admin
    Relay of acme with HostPort and an image: keys        | admin engineer
    Relay of acme with HostPort and an image: more of it  | admin
    Relay of acme with HostPort and an image: less of it  | admin engineer
    Relay of acme with HostPort and an image: none of it  | admin engineer
    Relay of acme with HostPort and an image: another image | admin
    Relay of acme: exposure to NodePort                   | admin engineer
    Relay of acme: an image that tenants can use          | admin engineer
    Relay of acme: an image whose repository only begins the same | admin
    Relay of acme: 3 replicas                             | admin engineer
    Relay of acme: 4 replicas                             | admin
    Relay of acme: probes that tenants can declare        | admin engineer
    Relay of acme: a probe of an address                  | admin
    Relay of acme: a probe of a name                      | admin
    Relay of acme with HostPort and an image: another region | admin
    Relay of acme with HostPort and an image: stopped     | admin engineer
    Relay of acme with HostPort and an image: LoadBalancer | admin
    Relay of acme with HostPort and an image: renamed     | admin
    Relay of acme with HostPort and an image: in another file | admin engineer
    Relay of acme with HostPort and an image: copied      | admin
    Relay of acme: a second document with HostPort        | admin
    Relay of acme: comment                                | admin engineer
    Relay of acme removed                                 | admin engineer
    Relay of acme undecodable                             | admin engineer
    Relay of acme moved to globex                         | admin
    Key added to globex                                   | admin
    Key of globex changed                                 | admin
    Key of globex: labels                                 | admin
    Key of globex: comment                                | admin
    Key of globex removed                                 | admin
    Key of globex undecodable                             | admin
    Relay added to globex                                 | admin

    nothing                                               | anybody
    README.md changed                                     | admin
    README.md removed                                     | admin
    CI file added                                         | admin
    CODEOWNERS added                                      | admin
    note in acme                                          | admin
    .wpexignore hides a user                              | admin
    YAML file without a place                             | admin
    second YAML file at the root                          | admin
    undecodable User of acme                              | admin
    undecodable file among users of acme                  | admin
    link in acme                                          | admin
    submodule in acme                                     | admin
    platform.yaml: comment                                | admin
    roles/keeper.yaml: comment                            | admin
    users/greta.yaml: comment                             | admin
    """

  /// Who may, by the change's name.
  static let byCase: [String: Set<String>] = {
    var rules: [String: Set<String>] = [:]
    for line in table.split(separator: "\n") {
      let parts = line.split(separator: "|", maxSplits: 1)
      guard parts.count == 2 else { continue }
      rules[parts[0].trimmed] = Set(parts[1].split(separator: " ").map(String.init))
    }
    return rules
  }()

  static func permitted(_ change: String) -> Set<String>? {
    if let known = byCase[change] { return known }
    let isOfGlobex = change.contains("User of globex, ") || change.contains("User added to globex, ")
    return isOfGlobex ? byCase["every other change of users of globex"] : nil
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " { text = text.dropLast() }
    while text.first == " " { text = text.dropFirst() }
    return String(text)
  }
}
