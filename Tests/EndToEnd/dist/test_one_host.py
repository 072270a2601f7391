"""docs/install/one-host.md, from the packages to a ping between two sites, an upgrade, a renewal and a purge.

A Debian in a folder has no systemd that runs. The test does what it would do: it makes the state folder, loads the credential, and
starts the unit's command with the unit's environment, as the unit's user."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import time

import pytest

from support.certificate import make_certificate
from support.namespaces import Network, WireGuard, link
from support.pages import Page
from support.process import command_line, processes
from support.traffic import Traffic
from support.waiting import until
from support.wireguard import Key

PAGE = Page("docs/install/one-host.md")
UNIT = "/usr/lib/systemd/system/wpex-up.service"
STATE = "/var/lib/wpex"
ADDRESS = "10.99.0.1"


class Host:
    """A Debian in a network namespace, with what systemd would do for wpex-up.service."""

    def __init__(self, debian, network, folder):
        self.debian, self.network = debian, network
        self.log = folder / "journal"
        self.daemon = None
        names = debian.path("/etc/hosts")
        names.write_text(f"127.0.0.1 localhost\n{ADDRESS} relay.example.net status.example.net\n")

    def enter(self, *words):
        return ["ip", "netns", "exec", self.network.relay_host.name, *self.debian.command(*words)]

    def run(self, script, check=True, **environment):
        """Runs a block of the page."""
        words = ["env", "HOME=/root", *(f"{name}={value}" for name, value in environment.items()), "bash", "-ec", script]
        result = subprocess.run(self.enter(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        assert not check or result.returncode == 0, f"{script}: {result.stdout}"
        return result.stdout

    def install(self, *packages):
        """The block that installs, with these packages."""
        block = next(line for line in PAGE.block("Install").splitlines() if line.startswith("dpkg -i"))
        names = []
        for package in packages:
            (self.debian.path("/tmp") / package.name).write_bytes(package.read_bytes())
            names.append(f"/tmp/{package.name}")
        assert block == "dpkg -i ./wpex_*_amd64.deb ./wpex-relay_*_amd64.deb"
        return self.run(f"dpkg -i {shlex.join(names)}")

    def values(self, name):
        return [line.split("=", 1)[1] for line in self.debian.path(UNIT).read_text().splitlines() if line.startswith(f"{name}=")]

    def start(self):
        """`systemctl start wpex-up`."""
        (user,) = self.values("User")
        credentials = "/run/credentials/wpex-up.service"
        folders = [f"install -d -m 700 -o {user} -g {user} {STATE} {credentials}"]
        for loaded in self.values("LoadCredential"):
            name, source = loaded.split(":")
            folders.append(f"install -m 400 -o {user} {source} {credentials}/{name}")
        self.run(" && ".join(folders))
        environment = dict(pair.split("=", 1) for value in self.values("Environment") for pair in shlex.split(value.replace("%d", credentials)))
        for path in self.values("EnvironmentFile"):
            lines = self.debian.path(path).read_text().splitlines()
            environment |= dict(line.split("=", 1) for line in lines if line and line[0] != "#")
        (command,) = self.values("ExecStart")
        for name, value in environment.items():
            command = command.replace(f"${{{name}}}", value).replace(f"${name}", value)
        assert self.debian.path(self.values("ConditionPathExists")[0]).exists() and "$" not in command, command
        words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all",
                 "env", *(f"{name}={value}" for name, value in environment.items()), *shlex.split(command)]
        self.daemon = subprocess.Popen(self.enter(*words), stdout=open(self.log, "a"), stderr=subprocess.STDOUT)

    def stop(self):
        """`systemctl stop wpex-up`: with KillMode=process, the main process alone gets the signal."""
        assert self.values("KillMode") == ["process"]
        self.daemon.send_signal(signal.SIGTERM)
        assert self.daemon.wait(30) == 0, self.log.read_text()

    def restart(self):
        count = self.found()
        self.stop()
        self.start()
        until(lambda: self.found() > count, "the relay is found again", self.log, timeout=60)

    def found(self):
        """How often a run of the daemon has found the relay ready."""
        return self.log.read_text().count("acme/edge current")

    def relays(self):
        """Processes of relays in this Debian."""
        return [pid for pid in processes() if (words := command_line(pid)) and words[0].endswith(b"wpex-relay") and b"/var/lib/wpex/local/" in b" ".join(words)]

    def certificate(self):
        """The serial number of the certificate that browsers get."""
        script = f"openssl s_client -connect {ADDRESS}:8443 -servername status.example.net </dev/null 2>/dev/null | openssl x509 -noout -serial"
        return self.network.relay_host.run("sh", "-c", script, check=False).strip()


def certbot(host, folder):
    """What certbot does after it has got a certificate: it runs the deploy hook."""
    lineage = host.debian.path("/etc/letsencrypt/live/status.example.net")
    lineage.mkdir(parents=True, exist_ok=True)
    make_certificate(folder / "chain", folder / "key", "status.example.net")
    shutil.copy(folder / "chain", lineage / "fullchain.pem")
    shutil.copy(folder / "key", lineage / "privkey.pem")
    (lineage / "privkey.pem").chmod(0o600)
    hook = PAGE.block("Certificates", "certbot certonly").split("--deploy-hook ")[1].split()[0]
    host.run(hook, RENEWED_LINEAGE="/etc/letsencrypt/live/status.example.net")


@pytest.mark.skipif(os.geteuid() != 0, reason="a Debian in a folder and network namespaces need root")
def test_the_page(debian, made, newer, tmp_path):
    begun = time.monotonic()
    with Network() as network:
        host = Host(debian, network, tmp_path)
        try:
            keys = follow(host, made, tmp_path)
            peers = sites(network, keys)
            assert peers[0].ping(peers[1], 3) == 3
            print(f"from dpkg -i to a served tunnel: {time.monotonic() - begun:.1f} s")
            mended(host)
            restarted_and_upgraded(host, newer, peers)
            renewed(host, tmp_path)
            purged(host)
        finally:
            for pid in host.relays():
                os.kill(pid, signal.SIGKILL)
            if host.daemon:
                host.daemon.kill()
                host.daemon.wait()


def follow(host, made, folder):
    """The page from Install to A tunnel. Returns the sites' keys."""
    host.install(made.package("wpex"), made.package("wpex-relay"))
    host.run(PAGE.block("The repository"))
    host.run(PAGE.block("Settings"))
    host.run(PAGE.block("Certificates", "install -d"))
    certbot(host, folder)
    first = PAGE.block("Start").splitlines()
    assert first[1] == "systemctl enable --now wpex-up"
    # Nothing runs yet, and this host's kernel has its own settings: the command finds out, and does not fail.
    out = host.run(first[0], check=False)
    assert "`relay.example.net`, the publicHost of region `eu-south`, leads here: 10.99.0.1" in out and "problem" not in out, out
    host.start()
    keys = [Key(), Key()]
    host.run(PAGE.block("A tunnel"), SITE_A=keys[0].text, SITE_B=keys[1].text)
    until(lambda: host.found() > 0, "the relay runs", host.log, timeout=60, process=host.daemon)
    return keys


def sites(network, keys):
    peers = []
    for number, key in enumerate(keys):
        site = network.host(f"s{number}")
        network.attach(site, f"10.99.1.{number + 1}/16")
        peers.append(WireGuard(site, f"10.7.0.{number + 1}", f"{ADDRESS}:30000", key))
    link(*peers)
    return peers


def mended(host):
    """`wpex doctor` sees the relay answer."""
    out = host.run(PAGE.block("Start").splitlines()[0] + " --json", check=False)
    findings = json.loads(out)["findings"]
    texts = {finding["check"]: finding for finding in findings}
    assert texts["ports"]["text"] == "UDP port 30000 is in use by relays", findings
    assert texts["answers"]["state"] == "ok", findings
    assert not [finding for finding in findings if finding["state"] == "problem"], findings


def restarted_and_upgraded(host, newer, peers):
    (first,) = host.relays()
    traffic = Traffic(*peers)
    host.restart()
    assert host.relays() == [first]
    (words,) = [line for line in PAGE.block("Restart and upgrade", "systemctl restart").splitlines() if line.startswith("dpkg")]
    assert words == "dpkg -i ./wpex_*_amd64.deb ./wpex-relay_*_amd64.deb"
    host.install(newer.package("wpex-relay"))
    # As the package does where systemd runs.
    assert 'users="wpex-up.service"' in host.debian.path("/var/lib/dpkg/info/wpex-relay.postinst").read_text()
    host.restart()
    until(lambda: len(host.relays()) == 1 and host.relays() != [first], "the new program has taken over", host.log)
    sent, lost = traffic.stop()
    print(f"a restart and an upgrade under traffic: {lost} of {sent} packets lost")
    assert sent > 100 and lost == 0


def renewed(host, folder):
    before = host.certificate()
    assert before.startswith("serial="), before
    certbot(host, folder)
    until(lambda: host.certificate() not in (before, ""), "the new certificate is used", host.log)


def purged(host):
    host.stop()
    assert len(host.relays()) == 1, "they go on until they are ended"
    assert PAGE.block("Restart and upgrade", "end-relays").splitlines()[1] == f"wpex sync end-relays --state {STATE}"
    host.run(PAGE.block("Remove"))
    until(lambda: host.relays() == [], "the relays end", host.log)
    debian = host.debian
    assert not debian.path("/etc/wpex").exists() and not list(debian.path("/var/lib").glob("wpex*"))
    assert debian.path("/srv/wpex/relays/platform.yaml").exists()
