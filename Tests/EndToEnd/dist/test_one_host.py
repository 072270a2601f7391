"""docs/install/one-host.md, from the packages to a ping between two sites, an upgrade, a renewal and a purge.

Twice: with systemd as the first process of the Debian, if this machine lets one start in a namespace; and without. Then the test
does what systemd would do: it makes the state folder, loads the credential, and starts the unit's command with the unit's
environment, as the unit's user."""

import json
import os
import pathlib
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
        return self.journal().count("acme/edge current")

    def journal(self):
        return self.log.read_text()

    def upgrade(self, package):
        """The package's script restarts the service, where systemd runs."""
        self.install(package)
        assert 'users="wpex-up.service"' in self.debian.path("/var/lib/dpkg/info/wpex-relay.postinst").read_text()
        self.restart()

    def close(self):
        for pid in self.relays():
            os.kill(pid, signal.SIGKILL)
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()

    def relays(self):
        """Processes of relays in this Debian."""
        return [pid for pid in processes() if (words := command_line(pid)) and words[0].endswith(b"wpex-relay") and b"/var/lib/wpex/local/" in b" ".join(words)]

    def certificate(self):
        """The serial number of the certificate that browsers get."""
        script = f"openssl s_client -connect {ADDRESS}:8443 -servername status.example.net </dev/null 2>/dev/null | openssl x509 -noout -serial"
        return self.network.relay_host.run("sh", "-c", script, check=False).strip()


class Booted(Host):
    """The same Debian with systemd."""

    def __init__(self, debian, network, folder):
        super().__init__(debian, network, folder)
        (mounted,) = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines() if line.split()[2] == "cgroup2"][:1] or [None]
        if mounted is None:
            pytest.skip("systemd needs cgroup2")
        self.group = pathlib.Path(mounted) / f"wpex-{os.getpid()}"
        self.group.mkdir()
        root, swift = debian.root, os.path.realpath("/opt/swift")
        steps = [
            f"mount --bind {root} {root}", f"mount -t proc proc {root}/proc", f"mount -t sysfs -o ro sysfs {root}/sys", f"mount -t tmpfs tmpfs {root}/sys/fs/cgroup",
            f"mount -t cgroup2 cgroup2 {root}/sys/fs/cgroup", f"mount -t tmpfs tmpfs {root}/run", f"mkdir -p {root}/opt/swift {root}/old",
            f"if [ -d {swift} ]; then mount --bind {swift} {root}/opt/swift; fi", f"cd {root}", "pivot_root . old", "umount -l /old",
            # systemd hands credentials to services by mounts that spread.
            "mount --make-rshared /",
            "exec env -i container=wpex /lib/systemd/systemd --system --log-target=journal",
        ]
        inner = f"unshare --mount --propagation private --pid --cgroup --uts --ipc --fork --kill-child sh -ec {shlex.quote(' && '.join(steps))}"
        self.init = subprocess.Popen(
            ["sh", "-ec", f"echo $$ >{self.group}/cgroup.procs; exec nsenter --net=/run/netns/{network.relay_host.name} {inner}"],
            stdout=open(self.log, "a"), stderr=subprocess.STDOUT)
        try:
            until(self.is_running, "systemd runs", self.log, timeout=30, process=self.init)
        except AssertionError as error:
            self.close()
            pytest.skip(f"systemd does not start here: {error}")

    def is_running(self):
        if not self.first():
            return False
        result = subprocess.run(self.enter("systemctl", "is-system-running"), capture_output=True, text=True)
        return result.stdout.strip() in ("running", "degraded")

    def first(self):
        """systemd's own number outside."""
        found = [pid for pid in processes() if (words := command_line(pid)) and words[0] == b"/lib/systemd/systemd" and parent(pid) == self.init.pid]
        return found[0] if found else None

    def enter(self, *words):
        plain = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        return ["nsenter", "--mount", "--pid", "--net", "--cgroup", "--uts", "--ipc", "--target", str(self.first()), *plain, *map(str, words)]

    def start(self):
        self.run(PAGE.block("Start").splitlines()[1])

    def stop(self):
        self.run("systemctl stop wpex-up")

    def restart(self):
        count = self.found()
        self.run(PAGE.block("Restart and upgrade", "systemctl restart").splitlines()[0])
        until(lambda: self.found() > count, "the relay is found again", self.journal, timeout=60)

    def upgrade(self, package):
        count = self.found()
        self.install(package)
        until(lambda: self.found() > count, "the package has restarted the service", self.journal, timeout=60)

    def journal(self):
        return subprocess.run(self.enter("journalctl", "--no-pager", "-u", "wpex-up"), capture_output=True, text=True).stdout

    def close(self):
        if self.first():
            os.kill(self.first(), signal.SIGKILL)
        self.init.kill()
        self.init.wait()
        until(lambda: "populated 0" in (self.group / "cgroup.events").read_text(), "everything has ended")
        for group in sorted((path for path in self.group.rglob("*") if path.is_dir()), key=lambda path: -len(path.parts)):
            group.rmdir()
        self.group.rmdir()


def parent(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except FileNotFoundError:
        return None


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
@pytest.mark.parametrize("kind", [Host, Booted], ids=["alone", "systemd"])
def test_the_page(debian, made, newer, tmp_path, kind):
    debian.run("dpkg", "--purge", "wpex", "wpex-relay")
    for left in ("srv/wpex", "root/acme.identity", "etc/letsencrypt"):
        subprocess.run(["rm", "-rf", debian.root / left], check=True)
    with Network() as network:
        host = kind(debian, network, tmp_path)
        try:
            begun = time.monotonic()
            keys = follow(host, made, tmp_path)
            peers = sites(network, keys)
            assert peers[0].ping(peers[1], 3) == 3
            print(f"from dpkg -i to a served tunnel: {time.monotonic() - begun:.1f} s")
            mended(host)
            restarted_and_upgraded(host, newer, peers)
            renewed(host, tmp_path)
            purged(host)
        finally:
            host.close()


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
    until(lambda: host.found() > 0, "the relay runs", host.journal, timeout=60)
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
    host.upgrade(newer.package("wpex-relay"))
    until(lambda: len(host.relays()) == 1 and host.relays() != [first], "the new program has taken over", host.journal)
    sent, lost = traffic.stop()
    print(f"a restart and an upgrade under traffic: {lost} of {sent} packets lost")
    # The peers themselves drop a packet now and then on a machine that is busy.
    assert sent > 10 and lost <= sent / 50, f"{lost} of {sent} packets lost"


def renewed(host, folder):
    before = host.certificate()
    assert before.startswith("serial="), before
    certbot(host, folder)
    until(lambda: host.certificate() not in (before, ""), "the new certificate is used", host.journal)


def purged(host):
    host.stop()
    assert len(host.relays()) == 1, "they go on until they are ended"
    assert PAGE.block("Restart and upgrade", "end-relays").splitlines()[1] == f"wpex sync end-relays --state {STATE}"
    host.run(PAGE.block("Remove"))
    until(lambda: host.relays() == [], "the relays end", host.journal)
    debian = host.debian
    assert not debian.path("/etc/wpex").exists() and not list(debian.path("/var/lib").glob("wpex*"))
    assert debian.path("/srv/wpex/relays/platform.yaml").exists()
