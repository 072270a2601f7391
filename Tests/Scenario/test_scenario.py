"""The whole once, for real: a change from the pull request to packets, and everything that may fail on the way.

Nothing here is a mock but the forge's web pages: Git over HTTPS, the package in a Debian, PostgreSQL, an API server with a
node, wireguard-go, Chromium. docs/tour.md is what this prints; WPEX_UPDATE_GOLDEN=1 writes it."""

import base64
import hashlib
import inspect
import os
import re
import time

from playwright.sync_api import sync_playwright

from support.forge import Runner, load
from support.git import git
from support.kubernetes import kubectl
from support.namespaces import link
from support.node import NAMESPACE, Names, Site, needs_node, ping, ready, until_on_node
from support.program import ROOT, WPEX
from support.provider import Provider, kill_api_server, restart_cluster, second_image
from support.sample import edit
from support.server import Server
from support.state import records
from support.transcript import Transcript, containing
from support.window import WATCH, Window
from support.wireguard import Key

pytestmark = needs_node
PAGE = ROOT / "docs/tour.md"
OUT = ROOT / "out/scenario"
# What the log has of a change.
CHANGE = ("commit.accepted", "object.updated", "relay.in-force", "apply.finished")
RELAY = "orgs/acme/relays/milan-1.yaml"
INTRODUCTION = """
# A tour

One change, from a pull request to packets and back, and everything that may fail on the way. This page is the transcript of a
test (`Tests/Scenario`), which `make test` runs with real parts: Git over HTTPS, the Debian package, PostgreSQL, a Kubernetes
node, wireguard-go, and a browser. Times and ids are replaced, so that each run gives the same page.
"""


def test_the_whole_once(tmp_path):
    tour = Tour(tmp_path)
    try:
        # Pods find each other by the names of Services.
        with Names():
            for chapter in CHAPTERS:
                title, _, prose = inspect.getdoc(chapter).partition("\n")
                tour.shell.chapter(title.rstrip("."), prose)
                chapter(tour)
        tour.print_figures()
    finally:
        tour.close()
    page = INTRODUCTION.lstrip() + "\n" + tour.shell.page
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "tour.md").write_text(page)
    if os.environ.get("WPEX_UPDATE_GOLDEN"):
        PAGE.write_text(page)
    assert page == PAGE.read_text(), "docs/tour.md is not what this run printed: see out/scenario/tour.md"


class Tour:
    """The state of the run, and what its chapters use."""

    def __init__(self, folder):
        self.folder = folder
        self.provider = Provider(folder)
        self.copy = self.provider.copy
        programs = folder / "bin"
        programs.mkdir()
        (programs / "wpex").symlink_to(WPEX)
        self.shell = Transcript({
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1",
            "KUBECONFIG": os.environ["WPEX_KUBECONFIG"],
        })
        self.shell.names = {str(folder): "~"}
        self.keys, self.sites, self.figures, self.server = {}, [], {}, None

    def key(self, name):
        """Makes the key of a site; returns it."""
        self.keys[name] = Key()
        fingerprint = base64.b64encode(hashlib.sha256(self.keys[name].public).digest()).decode().rstrip("=")
        self.shell.names |= {self.keys[name].text: name.capitalize().ljust(43, "0") + "=", fingerprint: name.ljust(43, "0")}
        return self.keys[name]

    def checks(self, branch, author):
        """Runs the forge's steps for a pull request."""
        folder = self.folder / f"checks-{branch}"
        self.provider.pull_request(branch, folder)
        values = {"github.event.pull_request.user.login": author, "github.event.sender.login": author}
        return Runner(folder, values, {"GITHUB_ACTIONS": "true"}).run(load("github/wpex.yml"), "wpex")

    def audit(self, filters, *actions):
        """Shows records of the audit log: one of each action, in this order, without their numbers, which differ between two runs."""

        def shows(lines):
            found = [next(line for line in lines if f" {action} " in line) for action in actions]
            return [re.sub(r"^(#|\d+) +", "", line).partition("; in force so far")[0] for line in [lines[0], *found]]

        self.operator(f"wpex audit list --store '{self.provider.database.url()}' {filters}", shows)

    def operator(self, command, shows=None, status=0):
        """Runs a command in the Debian in which the daemon is installed."""
        return self.shell.ran(command, self.provider.debian.result("sh", "-c", command), shows, status)

    def developer(self, command, shows=None, status=0):
        """Runs a command in the working copy."""
        return self.shell.run(command, self.copy, shows, status)

    def records(self, *filters):
        """Records of the audit log, without a place in the transcript."""
        return records("--store", self.provider.database.url(), *filters)

    def relays(self):
        """What `wpex status --relays` says, without a place in the transcript."""
        return self.provider.debian.result("wpex", "status", "--relays").stdout

    def until(self, condition, what, timeout=90):
        def holds():
            # A condition may ask a part that was killed.
            try:
                return condition()
            except (OSError, AssertionError):
                return False

        until_on_node(holds, f"{what}\n{self.provider.log.read_text()[-3000:]}", timeout)

    def until_applied(self, commit):
        self.until(lambda: any(r.get("commit") == commit for r in self.records("--action", "apply.finished")), f"{commit} is applied")

    def until_current(self):
        self.until(lambda: re.search(r"milan-1 +current +(?!pending)\S", self.relays()), "the relay is current, and in force")

    def edit(self, old, new):
        edit(self.copy, RELAY, old, new)

    def site(self, key):
        site = Site(len(self.sites) + 1, key)
        self.sites.append(site)
        return site.tunnel

    def start_pings(self, first, second, interval):
        """Pings from one tunnel to another, until the end; returns the file with the answers."""
        path = self.folder / f"pings-{second.interface}"
        path.touch()
        first.host.start("sh", "-c", f"exec ping -n -D -i {interval} {second.address} >{path}")
        return path

    def answered(self, path=None):
        """The times and numbers of answered pings so far."""
        return [(float(at), int(number)) for at, number in re.findall(r"\[([\d.]+)\].*icmp_seq=(\d+) ttl", (path or self.pings).read_text())]

    def until_traffic(self, what):
        """Waits until the tunnel between the first two sites has carried more packets."""
        before = len(self.answered())
        try:
            self.until(lambda: len(self.answered()) > before + 5, f"packets pass {what}")
        except AssertionError as error:
            shown = "".join(tunnel.host.run("wg", "show") for tunnel in self.tunnels)
            raise AssertionError(f"{error}\n{self.pings.read_text()[-400:]}\n{shown}{self.provider.relay_evidence()}") from error

    def print_figures(self):
        seen = self.answered()
        times = [at for at, _ in seen]
        assert unanswered(self) <= seen[-1][1] / 50, "the tunnel worked all the time"
        self.figures["pings lost between Bologna and Bari, in all"] = f"{unanswered(self)} of {seen[-1][1]}"
        self.figures["longest silence between them"] = f"{max(later - earlier for earlier, later in zip(times, times[1:])):.1f} s"
        for name, value in self.figures.items():
            print(f"{name}: {value}")

    def close(self):
        # What was killed may be gone still.
        restart_cluster()
        for site in self.sites:
            site.host.close()
        if self.server:
            self.server.__exit__()
        self.provider.close()


def a_provider_installs_wpex(tour):
    """A provider installs wpex.

    Nordsud Relays has a Kubernetes cluster, a PostgreSQL database, a repository on a Git server, and a Debian host for the
    daemon. The package brings the program, its units and its pages."""
    provider = tour.provider
    provider.publish({"bologna": tour.key("bologna"), "bari": tour.key("bari")})
    installed = provider.install()
    tour.shell.names |= {
        provider.server.url: "https://git.nordsud.example/relays.git", f":{provider.port}": ":8081", provider.database.url(): "postgres:///wpex",
        provider.version: "0.3.0"}
    tour.shell.show("dpkg --install wpex_0.3.0_amd64.deb", installed, containing("Setting up"))
    tour.shell.show("cat /etc/wpex/sync.json", provider.debian.path("/etc/wpex/sync.json").read_text())
    tour.shell.say("""
        (`demonstration` allows the identities of sample-repo, which this run uses. They are published and protect nothing.)

        The daemon starts with `wpex sync run --config /etc/wpex/sync.json`. It fetches the repository, checks it, and applies it
        with an account that has only the rights of `deploy/daemon/rbac.yaml` and `deploy/host/daemon`.""")
    provider.start()
    tour.until(ready, "the relay's pod is ready")
    tour.until_current()
    tour.operator("wpex status --relays")
    tour.shell.say("""
        Two sites of the organization Acme, Bologna and Bari, use this relay. It forwards their packets, and can read none of
        them. From here to the end of this page, Bologna pings Bari.""")
    tour.tunnels = [tour.site(tour.keys[name]) for name in ("bologna", "bari")]
    link(*tour.tunnels)
    assert ping(*tour.tunnels, 5) == 5
    tour.pings = tour.start_pings(*tour.tunnels, 0.1)
    tour.until_traffic("through the relay")


def a_tenant_asks_for_a_site(tour):
    """A tenant asks for a site.

    Giulia is an engineer at Acme. She adds a key for the office in Turin on a branch, and signs the commit with her SSH key."""
    provider = tour.provider
    git("config", "user.signingkey", f"{provider.people}/giulia.pub", cwd=tour.copy)
    git("config", "user.name", "Giulia Rossi", cwd=tour.copy)
    git("config", "user.email", "giulia@acme.example", cwd=tour.copy)
    key = tour.key("turin")
    tour.developer(f"wpex key add acme/turin --public-key {key.text} --label network=all --commit --sign --branch turin", shows=None)
    tour.shell.say("""
        Her pull request runs the steps of `deploy/ci/github/wpex.yml`: validate, check and plan. They need no secret and no access
        to anything but the repository. The first has only a warning, about the image that Nordsud declares. The second says nothing,
        because Giulia may add keys of Acme.""")
    runner = tour.checks("turin", "giulia-rossi")
    assert not runner.failed, runner.output
    for step in ("validate", "Check who changed what"):
        tour.shell.show(CI[step], runner.output[step])
    tour.shell.show(CI["Plan"], (runner.folder / "plan.txt").read_text())
    tour.shell.say("""
        If she also raised the limit that Nordsud gave to Acme, the second step would fail. Only those who may change limits can
        do that, and nothing in the change itself makes her one of them.""")
    git("checkout", "-q", "-b", "more", cwd=tour.copy)
    limit = re.search(r"relays: \d+", (tour.copy / "orgs/acme/organization.yaml").read_text())[0]
    edit(tour.copy, "orgs/acme/organization.yaml", limit, "relays: 900")
    provider.commit("More relays", "giulia")
    refused = tour.checks("more", "giulia-rossi")
    assert refused.failed == ["Check who changed what"], refused.output
    tour.shell.show(CI["Check who changed what"], refused.output["Check who changed what"])
    git("checkout", "-q", "turin", cwd=tour.copy)


CI = {
    "validate": "wpex validate --rev HEAD --base HEAD^1 --format github",
    "Check who changed what": "wpex check --base HEAD^1 --head HEAD --actor github:giulia-rossi --format github",
    "Plan": "wpex plan --base HEAD^1 --head HEAD",
}


def the_merge_is_in_force(tour):
    """The merge is in force.

    Anna, who runs the platform, merges the branch. The Git server's webhook wakes the daemon, which applies the change. The relay
    has it in force when it confirms the digest of its files, which the log records with the moment."""
    provider = tour.provider
    began = time.time()
    commit = provider.merge_branch("turin", "Merge Giulia's branch: a site in Turin")
    tour.until(lambda: in_force(tour, commit), "the key is in force")
    tour.figures["from the push to in force"] = f"{in_force(tour, commit) - began:.2f} s"
    tour.audit(f"--commit {commit[:12]}", *CHANGE)
    tour.shell.say("""
        The office in Turin starts its tunnel. Nobody touched the relay's pod, and Bologna still pings Bari.""")
    turin = tour.site(tour.keys["turin"])
    tour.tunnels.append(turin)
    link(*tour.tunnels)
    assert ping(turin, tour.tunnels[0], 5) == 5
    tour.turin = tour.start_pings(tour.tunnels[0], turin, 0.02)
    tour.until_traffic("beside Turin's")


def in_force(tour, commit):
    """When a commit was in force at the relay, or None."""
    found = [record for record in tour.records("--action", "relay.in-force") if record.get("commit") == commit]
    return max((record["time"] / 1000 for record in found), default=None)


def everybody_sees_what_they_may(tour):
    """Everybody sees what they may.

    `wpex serve` shows the state to everybody who may see it, live. This is what the page of the relay says in a browser, to a
    viewer of Acme:"""
    provider = tour.provider
    tour.server = Server(
        tour.folder / "server", tour.copy, provider.database.url(),
        settings={"target": {"kind": "kubernetes", "kubeconfig": str(provider.status_account()), "namespace": "wpex-system", "reach": "server"}})
    tour.server.settings["regions"] = ["eu-south"]
    tour.server.start()
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = chromium.new_context(viewport={"width": 1280, "height": 1400}, locale="en-GB", reduced_motion="reduce")
        context.add_init_script(WATCH)
        assert context.request.post(tour.server.url + "/login", data={"token": "diag-viewer"}).status == 204
        window = Window(context.new_page(), tour.server.url)

        def peers():
            rows = window.open("/relays/acme/milan-1?tab=peers").locator("tbody tr").all_inner_texts()
            return [f"{row.split()[0]:8} {state[0]}" for row in rows if (state := re.search(r"Connected|Not connected|Never seen", row))]

        tour.until(lambda: [peer.split()[-1] for peer in peers()] == ["Connected"] * 3, "the page shows three sessions")
        shown = peers()
        window.page.screenshot(path=OUT / "relay.png", full_page=True)
        assert not window.problems(), window.problems()
        chromium.close()
    tour.shell.show("open https://status.nordsud.example/relays/acme/milan-1?tab=peers", "\n".join(shown))


def somebody_changes_the_cluster_by_hand(tour):
    """Somebody changes the cluster by hand.

    The daemon watches what it applied. It puts back what differs, and records what had been changed."""
    tour.developer(f"kubectl scale deployment milan-1 --replicas 3 -n {NAMESPACE}")

    def replicas():
        return kubectl("get", "deployment", "milan-1", "-n", NAMESPACE, "-o", "jsonpath={.spec.replicas}")

    tour.until(lambda: tour.records("--action", "drift.corrected") and replicas() == "1", "the drift is corrected")
    tour.audit("--action drift.corrected", "drift.corrected")
    tour.until_current()


def an_image_does_not_exist(tour):
    """An image does not exist.

    Anna declares a version that was never pushed. Kubernetes cannot start the new pod, so the old one stays, and with it the
    tunnels. After a while the daemon records that the relay is not healthy."""
    edit(tour.copy, "platform.yaml", 'tag: "1"', 'tag: "9"')
    commit = tour.provider.merge("Version 9 of the relay")
    tour.until_applied(commit)
    tour.until(lambda: tour.records("--action", "health.missed"), "the missing image is noticed")
    tour.operator("wpex status --relays", status=None)
    tour.audit("--action health.missed", "health.missed")
    tour.until_traffic("through the old pod")
    tour.shell.say("A revert in Git takes it back.")
    git("revert", "--no-edit", "--no-commit", "HEAD", cwd=tour.copy)
    commit = tour.provider.merge("Back to version 1")
    tour.until_applied(commit)
    tour.until_current()


def the_relay_is_upgraded_under_traffic(tour):
    """The relay is upgraded under traffic.

    Version 2 exists. The new pod takes a copy of all sessions before the old one leaves, so no tunnel starts again."""
    second_image()
    old = {pod["metadata"]["uid"] for pod in ready()}
    past = tour.tunnels[0].handshake_with(tour.tunnels[1])
    lost = unanswered(tour)
    edit(tour.copy, "platform.yaml", 'tag: "1"', 'tag: "2"')
    tour.until_applied(tour.provider.merge("Version 2 of the relay"))
    tour.until(lambda: ready() and not old & {pod["metadata"]["uid"] for pod in ready()}, "the pod is new", 150)
    tour.until_current()
    tour.until_traffic("through the new pod")
    tour.figures["pings lost in the upgrade"] = unanswered(tour) - lost
    # WireGuard renews a session by itself after 120 s.
    new = tour.tunnels[0].handshake_with(tour.tunnels[1])
    assert new == past or new - past >= 119, (past, new)
    tour.operator("wpex status --relays")


def unanswered(tour):
    seen = tour.answered()
    return seen[-1][1] - len(seen)


def everything_fails_once(tour):
    """Everything fails once.

    PostgreSQL is killed. The daemon changes nothing that it cannot record, so a merge waits until the database is back."""
    provider = tour.provider
    provider.database.stop()
    tour.edit("replicas: 1", "replicas: 1\n  broadcastRate: 150")
    commit = provider.merge("Fewer broadcasts")
    tour.until(lambda: "problem" in tour.relays().lower() or "audit" in tour.relays(), "the status says so")
    tour.operator("wpex status", problem, status=None)
    tour.until_traffic("without a database")
    provider.database.start()
    tour.until_applied(commit)
    tour.audit(f"--commit {commit[:12]} --action apply.finished", "apply.finished")

    tour.shell.say("The API server is killed. Relays need it for nothing, and the daemon continues when it is back.")
    kill_api_server()
    tour.until_traffic("without an API server")
    tour.edit("broadcastRate: 150", "broadcastRate: 160")
    commit = provider.merge("Some more broadcasts")
    tour.until_traffic("still")
    restart_cluster()
    tour.until_applied(commit)
    tour.audit(f"--commit {commit[:12]} --action apply.finished", "apply.finished")

    tour.shell.say("The Git server is gone for a while. What is in force stays in force.")
    provider.server.close()
    tour.until(lambda: "cannot be fetched" in tour.relays(), "the status says so")
    tour.operator("wpex status", problem, status=None)
    provider.restart_git()

    tour.shell.say("The daemon itself is killed, and started again by its supervisor. It continues from its record.")
    provider.kill()
    tour.until_traffic("without a daemon")
    tour.edit("broadcastRate: 160", "broadcastRate: 170")
    commit = provider.commit("Even more broadcasts", "anna")
    provider.push()
    provider.start()
    tour.until_applied(commit)
    tour.audit(f"--commit {commit[:12]} --action apply.finished", "apply.finished")


def problem(lines):
    """The problem, without the words of the operating system."""
    return [re.sub(r"(PostgreSQL|cannot be fetched): .*", r"\1: …", line) for line in lines if line.startswith("problem")]


def a_key_is_revoked(tour):
    """A key is revoked.

    The router in Turin was stolen. Giulia revokes its key, and pushes the commit."""
    before = len(tour.answered(tour.turin))
    tour.until(lambda: len(tour.answered(tour.turin)) > before + 50, "Turin answers")
    git("config", "user.signingkey", f"{tour.provider.people}/giulia.pub", cwd=tour.copy)
    tour.developer("wpex key revoke acme/turin --commit --sign")
    commit = git("rev-parse", "HEAD", cwd=tour.copy)
    pushed = time.time()
    tour.provider.push()
    tour.provider.notify()
    tour.until(lambda: in_force(tour, commit), "the revocation is in force")
    time.sleep(2)
    last, moment = tour.answered(tour.turin)[-1][0], in_force(tour, commit)
    assert last <= moment + 0.1, "not one packet of a revoked key passes after it is recorded as in force"
    tour.figures["from the push of a revocation to the last packet"] = f"{last - pushed:.2f} s"
    tour.figures["from the last packet to its record"] = f"{moment - last:.2f} s"
    tour.audit(f"--commit {commit[:12]}", *CHANGE)
    tour.until_traffic("between the other sites")
    tour.shell.say("""
        Turin's tunnel is dead from that moment on, at a relay that cannot decrypt a packet of it. Bologna and Bari have noticed
        nothing.""")


def the_log_has_it_all(tour):
    """The log has it all.

    Every step of this page is in the audit log, with the person behind it. Each record contains the hash of the one before, so
    the log shows if somebody changes the past."""
    records = tour.records()
    actions = {record["action"] for record in records}
    wanted = {
        "daemon.started", "commit.accepted", "apply.intended", "apply.finished", "object.created", "object.updated", "relay.in-force",
        "drift.corrected", "health.missed", "health.reached"}
    assert wanted <= actions, wanted - actions
    merges = [record for record in records if record["action"] == "apply.finished"]
    assert {record.get("signer") for record in merges} >= {"anna-lindqvist", "acme/giulia-rossi"}, merges
    tour.shell.run(f"wpex audit verify --store '{tour.provider.database.url()}'", shows=lambda lines: [re.sub(r"\d+ records", "all records", line) for line in lines])


CHAPTERS = [
    a_provider_installs_wpex, a_tenant_asks_for_a_site, the_merge_is_in_force, everybody_sees_what_they_may, somebody_changes_the_cluster_by_hand,
    an_image_does_not_exist, the_relay_is_upgraded_under_traffic, everything_fails_once, a_key_is_revoked, the_log_has_it_all,
]
