"""Refusals by the system at run time: the relay waits, logs once, counts, and continues when they end."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from support import refusing
from support.process import processor_seconds
from support.prometheus import samples
from support.relay import Relay, allow
from support.waiting import until
from support.wireguard import Key, Peer, connect, introduce

REFUSING = str(pathlib.Path(refusing.__file__).with_suffix(""))


def health(relay):
    document = json.loads(relay.get("/api/v1/health"))
    return document["score"], {part["name"]: part for part in document["components"]}


def is_ready(relay):
    answer = relay.ask("/readyz")
    assert answer.status == 503 or (answer.status, answer.text) == (200, "ready\n")
    return answer.status == 200


def shake_hands(initiator, responder):
    """Returns the initiator's session; no data is sent in it."""
    initiator.knock(responder.key.public)
    response, _, _ = responder.respond(responder.receive(kind=1))
    responder.send(response)
    return initiator.accept(initiator.receive(kind=2))


def refused(*calls):
    return (sys.executable, REFUSING + ".py", ",".join(calls))


def test_a_call_that_always_fails_is_said_once_and_keeps_no_processor_busy():
    """Long enough for a second line, with a limit of one in ten seconds."""
    keys = [Key(), Key()]
    with (
        Relay(*allow(*keys), "--workers", "2", under=refused("recvmmsg")) as deaf,
        Relay(*allow(*keys), "--workers", "2", under=refused("sendmmsg")) as mute,
    ):
        alice, bob = Peer(mute.address, keys[0]), Peer(mute.address, keys[1])
        introduce(alice, bob)
        # Handshakes use another system call, so there is a session; none of its data leaves.
        session = shake_hands(alice, bob)
        until(lambda: deaf.count("receive_fails"), "it is said")
        before = processor_seconds(deaf.process.pid)
        for _ in range(24):
            alice.send(session.seal(b"x"))
            time.sleep(0.5)
        # One thread that tries again at once takes twelve.
        assert processor_seconds(deaf.process.pid) - before < 3
        assert deaf.count("receive_fails") == 1 and mute.count("send_fails") == 1, deaf.lines + mute.lines
        assert any("receive_fails" in line and "Operation not permitted" in line for line in deaf.lines)
        assert samples(deaf.get("/metrics"), "wpex_relay_receive_failures_total")[0] > 100
        score, parts = health(deaf)
        assert (score, parts["receiving"]["score"]) == (0, 0) and "Operation not permitted" in parts["receiving"]["detail"]
        # A new process would not fare better, so it is live, but not ready.
        assert deaf.get("/healthz") == "ok\n" and not is_ready(deaf)
        assert mute.drops("send_failed") >= 24
        score, parts = health(mute)
        assert (score, parts["sending"]["score"]) == (0, 0), parts
        assert deaf.stop() == mute.stop() == 0


def test_it_goes_on_when_the_system_allows_it_again(tmp_path):
    library = tmp_path / "refusing.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, REFUSING + ".c", "-ldl"], check=True)
    keys = [Key(), Key()]
    with Relay(*allow(*keys), environment={"LD_PRELOAD": str(library), "WPEX_TEST_REFUSAL": str(tmp_path / "refusal")}) as relay:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        ours, theirs = connect(alice, bob)
        for round in (1, 2):
            (tmp_path / "refusal").touch()
            until(lambda: relay.count("receive_fails") == round and not is_ready(relay), "it is said")
            (tmp_path / "refusal").unlink()
            until(lambda: relay.count("receives_again") == round and is_ready(relay), "that is over")
            bob.drain(0.05)
            alice.send(ours.seal(b"still here"))
            assert theirs.open(bob.receive(kind=4)) == b"still here"
            score, parts = health(relay)
            assert score > 50 and parts["receiving"]["score"] == 100


@pytest.mark.parametrize("call", ["poll", "rt_sigtimedwait"])
def test_no_other_loop_spins(call):
    """The wake-up descriptors of the control thread and the reports, and the wait for signals."""
    with Relay("--open", under=refused(call)) as relay:
        before = processor_seconds(relay.process.pid)
        time.sleep(3)
        assert processor_seconds(relay.process.pid) - before < 1.5
        assert relay.get("/healthz") == "ok\n" and relay.stats


def test_without_descriptors_http_waits_and_goes_on():
    keys = [Key(), Key()]
    with Relay(*allow(*keys)) as relay, ExitStack() as connections:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        relay.get("/healthz")
        opened = len(os.listdir(f"/proc/{relay.process.pid}/fd"))
        limit(relay, f"{opened}:")
        for _ in range(5):
            connections.enter_context(socket.create_connection(relay.web, timeout=5))
        until(lambda: relay.count("accept_fails"), "it is said")
        before = processor_seconds(relay.process.pid)
        time.sleep(3)
        # The thread of HTTP alone would take three.
        assert processor_seconds(relay.process.pid) - before < 1.5
        assert relay.count("accept_fails") == 1 and any("Too many open files" in line for line in relay.lines)
        # Forwarding needs no descriptor.
        connect(alice, bob)
        limit(relay, "1024:")
        until(lambda: answers(relay), "it serves again")


def limit(relay, files):
    subprocess.run(["prlimit", "--pid", str(relay.process.pid), f"--nofile={files}"], check=True)


def answers(relay):
    try:
        return relay.get("/healthz") == "ok\n"
    except OSError:
        return False
