"""H1: a viewer declares the admins' public keys as his own, so that their owner is ambiguous."""


def claim(provider, names):
    file = provider.repo / "orgs/acme/users/marco-bianchi.yaml"
    own = f"      - {provider.public('marco')}\n"
    file.write_text(file.read_text().replace(own, own + "".join(f"      - {provider.public(name)}\n" for name in names)))


def test_a_viewer_claims_the_admins_keys_and_locks_nobody_out(provider):
    provider.serve()
    assert provider.sync().returncode == 0
    claim(provider, ["anna", "davide"])
    claimed = provider.commit("My keys", "marco")
    assert provider.check("user:acme/marco-bianchi").returncode == 1
    assert not provider.push()[0] and provider.served == provider.first
    provider.offer(claimed)
    for signer in ("anna", "davide"):
        provider.edit("platform.yaml", "minimumAdmins: 2", f"# {signer} was here.\n    minimumAdmins: 2")
        provider.honest(f"A remark by {signer}", signer)
    # The server refused the claim, and so did the daemon, so the branch can be pushed.
    if provider.head != claimed:
        assert provider.push()[0]


def test_an_admin_who_merges_the_claim_keeps_the_key(provider):
    """The owner in the base commit keeps the key, even if a fully privileged user was talked into merging the claim."""
    assert provider.sync().returncode == 0
    claim(provider, ["anna"])
    provider.offer(provider.commit("Marco's new computer", "davide"))
    # Anna's key is still hers: she revokes a tenant's key.
    (provider.repo / "orgs/initech/keys/lab-graz.yaml").unlink()
    provider.honest("The laboratory in Graz has closed", "anna")
    assert "lab-graz" not in provider.keys_of("initech", "lab-1", "eu-north")
    assert provider.verify().returncode == 0


def test_own_keys_are_changed_as_before(provider):
    provider.serve()
    assert provider.sync().returncode == 0
    claim(provider, ["stranger"])
    provider.honest("Marco's new computer", "marco")
    assert provider.push()[0]
    provider.edit("orgs/acme/users/marco-bianchi.yaml", "Marco Bianchi", "Marco B.")
    provider.honest("Signed on it", "stranger")
    assert provider.push()[0]
