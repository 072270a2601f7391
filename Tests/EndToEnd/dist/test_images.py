"""The images: valid archives of two layers, the same in every form, and programs that run in nothing else."""

import gzip
import hashlib
import io
import json
import os
import re
import shlex
import subprocess
import tarfile

import pytest

NAMES = ["wpex", "wpex-relay"]


def members(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Oci:
    """An oci-archive, each of whose blobs has the digest and the size that refer to it."""

    def __init__(self, path):
        self.files = members(path.read_bytes())
        assert json.loads(self.files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
        (reference,) = json.loads(self.files["index.json"])["manifests"]
        self.manifest = json.loads(self.blob(reference))
        self.configuration = json.loads(self.blob(self.manifest["config"]))
        self.layers = [gzip.decompress(self.blob(layer)) for layer in self.manifest["layers"]]
        used = [reference, self.manifest["config"], *self.manifest["layers"]]
        assert len(self.files) == 2 + len(used), "nothing else is in it"

    def blob(self, reference):
        algorithm, digest = reference["digest"].split(":")
        content = self.files[f"blobs/{algorithm}/{digest}"]
        assert sha256(content) == reference["digest"] and len(content) == reference["size"]
        return content


@pytest.mark.parametrize("name", NAMES)
def test_oci_archive(made, name):
    image = Oci(made.one(f"{name}-[0-9]*.oci.tar"))
    assert image.manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert image.configuration["rootfs"]["diff_ids"] == [sha256(layer) for layer in image.layers]
    assert len(image.layers) == 2 and len(image.configuration["history"]) == 2
    config = image.configuration["config"]
    assert config["User"] == "65532:65532" and config["Entrypoint"] == [f"/bin/{name}"]
    assert config["Labels"]["org.opencontainers.image.title"] == name
    assert config["Labels"]["org.opencontainers.image.version"] == made.control(name)["Version"]
    assert list(members(image.layers[1])) == [f"bin/{name}"], "the program has a layer of its own"
    with tarfile.open(fileobj=io.BytesIO(image.layers[0])) as layer:
        assert all(member.mode & 0o6000 == 0 and (member.uid, member.gid) == (0, 0) for member in layer)


@pytest.mark.parametrize("name", NAMES)
def test_all_forms_are_one_image(made, name):
    image = Oci(made.one(f"{name}-[0-9]*.oci.tar"))
    docker = members(gzip.decompress(made.one(f"{name}-[0-9]*.docker.tar.gz").read_bytes()))
    (manifest,) = json.loads(docker["manifest.json"])
    assert [docker[layer] for layer in manifest["Layers"]] == image.layers
    assert json.loads(docker[manifest["Config"]]) == image.configuration
    assert re.fullmatch(rf"{name}:[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}", manifest["RepoTags"][0])

    context = members(gzip.decompress(made.one(f"{name}-[0-9]*.context.tar.gz").read_bytes()))
    instructions = [line.split(" ", 1) for line in context["Containerfile"].decode().splitlines() if line[0] != "#"]
    assert instructions[0] == ["FROM", "scratch"]
    assert [context[text.split()[0]] for word, text in instructions if word == "ADD"] == image.layers
    config = image.configuration["config"]
    said = {word: text for word, text in instructions}
    assert said["USER"] == config["User"] and json.loads(said["ENTRYPOINT"]) == config["Entrypoint"] and said["WORKDIR"] == config["WorkingDir"]
    labels = [text.split("=", 1) for word, text in instructions if word == "LABEL"]
    assert {label: json.loads(text) for label, text in labels} == config["Labels"]
    if "Healthcheck" in config:
        assert json.loads(said["HEALTHCHECK"].split(" CMD ")[1]) == config["Healthcheck"]["Test"][1:]


@pytest.mark.parametrize("name", NAMES)
def test_the_program_runs_in_its_image(made, name, tmp_path):
    """With nothing but the image's files, as its user."""
    if os.geteuid() != 0:
        pytest.skip("chroot needs root")
    image = Oci(made.one(f"{name}-[0-9]*.oci.tar"))
    root = tmp_path / "root"
    root.mkdir()
    for layer in image.layers:
        subprocess.run(["tar", "-C", root, "--numeric-owner", "-xpf", "-"], input=layer, check=True)
    config = image.configuration["config"]

    def run(*words):
        # Swift reads its arguments from /proc.
        inside = f"mount -t proc proc {root}/proc && exec env -i {' '.join(config['Env'])} /usr/sbin/chroot --userspec={config['User']} {root} {shlex.join(words)}"
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    result = run(*config["Entrypoint"], "--version")
    assert result.returncode == 0 and re.match(r"\d+\.\d+\.\d+ \([0-9a-f]{40}", result.stdout), result.stderr
    if name == "wpex":
        for words in (["/bin/sh", "-c", "git --version"], ["/usr/bin/ssh", "-V"], ["/usr/bin/git", "ls-remote", "https://127.0.0.1:1/x"]):
            result = run(*words)
            assert "shared libraries" not in result.stderr and "not a git command" not in result.stderr and "remote helper" not in result.stderr, result.stderr
    else:
        # The health check is a command of the image, and says that no relay answers.
        result = run(*config["Healthcheck"]["Test"][1:])
        assert (result.returncode, result.stderr) == (1, "")
