"""H5: a tenant's engineer cannot run a container of their choice in the provider's cluster."""

import pytest

RELAY = "orgs/acme/relays/milan-1.yaml"
DIGEST = "sha256:" + "ab" * 32
FIELDS = {
    "image": f"  image: {{ repository: registry.evil.example/miner, tag: '1', digest: '{DIGEST}' }}\n",
    "exposure": "  exposure: HostPort\n",
    "resources": "  resources: { requests: { cpu: '64', memory: 256Gi }, limits: { memory: 256Gi } }\n",
    "replicas": "  replicas: 9\n",
}


def declare(provider, *fields):
    provider.edit(RELAY, "  port: 30101\n", "  port: 30101\n" + "".join(FIELDS[field] for field in fields))


@pytest.mark.parametrize("fields", [("image",), ("exposure",), ("resources",), ("replicas",), tuple(FIELDS)], ids="-".join)
def test_an_engineer_may_not_choose_what_runs(provider, fields):
    assert provider.sync().returncode == 0
    before = provider.rendered()
    declare(provider, *fields)
    commit = provider.commit("A better relay", "giulia")
    assert provider.check("user:acme/giulia-rossi").returncode == 1
    assert not provider.offer(commit)
    assert provider.rendered() == before
    # A user who may change the platform may set a tenant's image, and the engineer may still change the rest.
    declare(provider, *fields)
    provider.honest("A better relay", "anna")
    assert provider.rendered() != before
    provider.edit(RELAY, "bandwidthMbps: 1000", "bandwidthMbps: 900")
    provider.honest("Less bandwidth", "giulia")


def test_the_hook_refuses_it(provider):
    provider.serve()
    declare(provider, *FIELDS)
    provider.commit("A better relay", "giulia")
    accepted, said = provider.push()
    assert not accepted and provider.served == provider.first, said
