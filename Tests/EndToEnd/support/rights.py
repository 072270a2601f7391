"""The service account of deploy/server in a cluster, under the test's own names, and its permissions."""

import base64
import json
import ssl
import subprocess

import yaml

from support.answers import ask
from support.kubernetes import KUBECONFIG, kubectl
from support.program import ROOT


def base(name, **names):
    """The documents of a folder of deploy/, with other namespaces and names."""
    text = subprocess.run(["kubectl", "kustomize", ROOT / "deploy" / name], check=True, capture_output=True, text=True).stdout
    for old, new in names.items():
        text = text.replace(old.replace("_", "-"), new)
    return list(yaml.safe_load_all(text))


class Account:
    """`wpex-serve` as deploy/server declares it, with the test's namespace for the daemon."""

    def __init__(self, prefix, daemon):
        self.prefix, self.namespace, self.daemon = prefix, f"{prefix}status", daemon
        self.documents = base("server", wpex_status=self.namespace, wpex_system=daemon)
        self.rights = [d for d in self.documents if d["kind"] in ("Namespace", "ServiceAccount") or "Role" in d["kind"]]
        for document in self.rights:
            if document["kind"].startswith("ClusterRole"):
                document["metadata"]["name"] = f"{prefix}serve"
                if "roleRef" in document:
                    document["roleRef"]["name"] = f"{prefix}serve"
        self.apply(*self.rights)
        config = yaml.safe_load(open(KUBECONFIG))
        self.server = config["clusters"][0]["cluster"]["server"]
        authority = config["clusters"][0]["cluster"]
        data = base64.b64decode(authority["certificate-authority-data"]).decode() if "certificate-authority-data" in authority else open(authority["certificate-authority"]).read()
        self.tls = ssl.create_default_context(cadata=data)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": [], "expirationSeconds": 3600}}
        answer = kubectl("create", "--raw", f"/api/v1/namespaces/{self.namespace}/serviceaccounts/wpex-serve/token", "-f", "-", input=json.dumps(request))
        self.token = json.loads(answer)["status"]["token"]

    @property
    def user(self):
        return f"system:serviceaccount:{self.namespace}:wpex-serve"

    def apply(self, *documents, check=True):
        return kubectl("apply", "-f", "-", input="---\n".join(yaml.safe_dump(d) for d in documents), check=check)

    def kubeconfig(self, path):
        """Writes a kubeconfig with the account's token and no other credentials."""
        config = yaml.safe_load(open(KUBECONFIG))
        config["users"][0]["user"] = {"token": self.token}
        path.write_text(yaml.safe_dump(config))
        path.chmod(0o600)
        return path

    def ask(self, path, method="GET", body=None):
        headers = {"Content-Type": "application/json"}
        answer = ask(self.server + path, method, body, headers, bearer=self.token, context=self.tls)
        return answer.status, json.loads(answer.body or b"{}")

    def allowed(self, namespace):
        """All permissions in a namespace, as listed by the authorizer: (verb, group, resource, names)."""
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
        status, answer = self.ask("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "POST", review)
        assert status == 201 and not answer["status"]["incomplete"], answer
        return {
            (verb, group, resource, tuple(rule.get("resourceNames", ())))
            for rule in answer["status"]["resourceRules"] for verb in rule["verbs"] for group in rule["apiGroups"] for resource in rule["resources"]
        }

    def can(self, verb, resource, namespace):
        resource, _, part = resource.partition("/")
        subresource = ["--subresource", part] if part else []
        text = kubectl("auth", "can-i", verb, resource, *subresource, "-n", namespace, "--as", self.user, check=False)
        return {"yes": True, "no": False}[text.split()[0]]

    def close(self):
        for kind in ("clusterrolebinding", "clusterrole"):
            kubectl("delete", kind, f"{self.prefix}serve", "--ignore-not-found", check=False)
        kubectl("delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found", check=False)
