"""OpenSSH: keys and servers."""

import os
import subprocess

import pytest

from support.network import free_port, is_open
from support.waiting import until


def make_key(path, kind="ed25519"):
    """A key pair without a passphrase: `path` and `path`.pub, whose comment is the file's name."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", path.name, "-f", path], check=True)


def public_key(path):
    """The public key of a pair, without its comment."""
    return " ".join(path.with_name(path.name + ".pub").read_text().split()[:2])


class SSHDaemon:
    """sshd on loopback that accepts the keys of `folder`/authorized. A second `start` replaces its configuration."""

    def __init__(self, folder):
        if os.geteuid() != 0 or not os.path.exists("/usr/sbin/sshd"):
            pytest.skip("sshd needs root")
        self.folder, self.port, self.process = folder, free_port(), None
        self.log = folder / "sshd.log"

    def start(self, *lines):
        self.close()
        config = self.folder / "sshd_config"
        config.write_text("\n".join([
            f"Port {self.port}", "ListenAddress 127.0.0.1", "ListenAddress ::1", "PidFile none", "StrictModes no", "UsePAM no",
            f"AuthorizedKeysFile {self.folder}/authorized", "PasswordAuthentication no", "PermitRootLogin yes", *lines, ""]))
        os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", config], stderr=open(self.log, "a"))
        until(lambda: is_open(self.port), "sshd starts", self.log, process=self.process)

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
