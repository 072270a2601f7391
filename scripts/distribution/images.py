"""Container images from scratch: one layer for libraries and what else a program needs, and one for the program."""

import dataclasses
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import tarfile

import program
from release import ARCHITECTURE
from tree import Tree

# The user of deploy/'s manifests.
USER = "65532:65532"
AUTHORITIES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
HEALTH_INTERVAL = 30


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def encoded(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


@dataclasses.dataclass
class Image:
    """File systems, from the lowest, and how the program starts."""

    layers: list
    entrypoint: str
    labels: dict
    # The command of the health check, if the program has one.
    health: list
    moment: int
    created: str

    def __post_init__(self):
        self.tars = [layer.tar(self.moment) for layer in self.layers]

    def configuration(self):
        config = {"Entrypoint": [self.entrypoint], "Env": ["PATH=/bin"], "Labels": self.labels, "User": USER, "WorkingDir": "/"}
        if self.health:
            config["Healthcheck"] = {"Test": ["CMD", *self.health], "Interval": HEALTH_INTERVAL * 1_000_000_000}
        return encoded({
            "architecture": ARCHITECTURE, "os": "linux", "created": self.created, "config": config,
            "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in self.tars]},
            "history": [{"created": self.created, "created_by": "scripts/dist"} for _ in self.tars],
        })

    def docker_archive(self, reference):
        """For `docker load`, `podman load` and `ctr images import`."""
        config = self.configuration()
        name = sha256(config)[7:] + ".json"
        names = [f"{sha256(tar)[7:]}/layer.tar" for tar in self.tars]
        manifest = encoded([{"Config": name, "RepoTags": [reference], "Layers": names}])
        return self.archive([(name, config), *zip(names, self.tars), ("manifest.json", manifest)])

    def oci_archive(self, reference, level=9):
        """For `skopeo copy oci-archive:… docker://…`, with compressed layers."""
        config = self.configuration()
        blobs = [gzip.compress(tar, level, mtime=0) for tar in self.tars]

        def described(kind, content, **more):
            return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": sha256(content), "size": len(content), **more}

        manifest = encoded({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "annotations": self.labels,
            "config": described("config.v1+json", config), "layers": [described("layer.v1.tar+gzip", blob) for blob in blobs],
        })
        annotations = {"org.opencontainers.image.ref.name": reference}
        platform = {"architecture": ARCHITECTURE, "os": "linux"}
        index = encoded({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [described("manifest.v1+json", manifest, annotations=annotations, platform=platform)],
        })
        files = [("oci-layout", encoded({"imageLayoutVersion": "1.0.0"})), ("index.json", index)]
        for blob in (config, manifest, *blobs):
            files.append((f"blobs/sha256/{sha256(blob)[7:]}", blob))
        return self.archive(files)

    def containerfile(self):
        """Makes the same image with an engine, from the layers beside it."""
        lines = ["# scripts/dist wrote this: `podman build .` in this folder makes the image of the archives beside it.", "FROM scratch"]
        lines += [f"ADD layer-{number}.tar /" for number in range(len(self.tars))]
        lines += [f'ENV {setting.split("=")[0]}="{setting.split("=")[1]}"' for setting in ("PATH=/bin",)]
        lines += [f"LABEL {name}={json.dumps(text)}" for name, text in self.labels.items()]
        lines += [f"USER {USER}", "WORKDIR /", f"ENTRYPOINT {json.dumps([self.entrypoint])}"]
        if self.health:
            lines.append(f"HEALTHCHECK --interval={HEALTH_INTERVAL}s CMD {json.dumps(self.health)}")
        return "\n".join(lines) + "\n"

    def context(self):
        """The folder for `podman build`: a Containerfile and the layers."""
        return self.archive([("Containerfile", self.containerfile().encode()), *((f"layer-{n}.tar", tar) for n, tar in enumerate(self.tars))])

    def archive(self, files):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name, content in files:
                info = tarfile.TarInfo(name)
                info.size, info.mode, info.mtime = len(content), 0o644, self.moment
                archive.addfile(info, io.BytesIO(content))
        return made.getvalue()


def of(name, binary, release):
    """The image of a program."""
    base = Tree()
    base.folder("tmp", 0o1777)
    for folder in ("dev", "proc", "sys"):
        base.folder(folder)
    base.add("etc/passwd", "root:x:0:0::/:/bin/sh\nwpex:x:65532:65532::/:/bin/sh\n")
    programs = [binary]
    health = []
    if name == "wpex-relay":
        title = "Relay for WireGuard peers behind NAT"
        # For relays that are started with `--stats :8080`.
        health = ["/bin/wpex-relay", "--ask-ready", "127.0.0.1:8080"]
    else:
        title = "WireGuard relays for many organizations, from a Git repository"
        programs += tools(base)
    for library in program.libraries(*programs):
        base.add(library, pathlib.Path(library).resolve(), 0o755)
    top = Tree()
    top.add(f"bin/{name}", binary, 0o755)
    labels = {
        "org.opencontainers.image.title": name, "org.opencontainers.image.description": title,
        "org.opencontainers.image.version": release.version, "org.opencontainers.image.revision": release.commit,
        "org.opencontainers.image.created": release.timestamp, "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.source": "https://github.com/example/wpex",
    }
    return Image([base, top], f"/bin/{name}", labels, health, release.moment, release.timestamp)


def tools(base):
    """Adds what the daemon fetches with: git, ssh, the shell that git starts programs with, and the authorities of https.
    Returns the programs whose libraries they need."""
    if AUTHORITIES.exists():
        base.add(AUTHORITIES, AUTHORITIES)
    core = pathlib.Path(subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True).stdout.strip())
    found = [pathlib.Path("/usr/bin/git"), pathlib.Path("/usr/bin/ssh"), core / "git-remote-https"]
    for path in found:
        base.add(path, path.resolve(), 0o755)
    base.add("bin/sh", pathlib.Path("/bin/dash").resolve(), 0o755)
    for path, target in (("bin/git", "/usr/bin/git"), ("bin/ssh", "/usr/bin/ssh"), (core / "git-remote-http", "git-remote-https"), (core / "git-upload-pack", "/usr/bin/git")):
        base.link(path, str(target))
    return [*found, pathlib.Path("/bin/dash")]
