"""Attacks on the relay, one per test, by peers that share no code with it."""

import os
import random
import socket
import struct
import threading
import time

import pytest

from support.relay import Relay, allow
from support.wireguard import Key, Peer, connect, forged_response, initiation_fields, introduce, junk_initiation, transport, with_macs


@pytest.fixture
def pair():
    """A relay with two peers that know each other."""
    keys = [Key(), Key(), Key()]
    with Relay(*allow(*keys)) as relay:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        yield relay, alice, bob
        alice.close(), bob.close()


def index_of(datagram):
    return struct.unpack("<I", datagram[4:8])[0]


def test_two_peers_meet_and_talk_both_ways(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    for number in range(50):
        alice.send(ours.seal(b"ping %d" % number))
        assert theirs.open(bob.receive(kind=4)) == b"ping %d" % number
        bob.send(theirs.seal(b"pong %d" % number))
        assert ours.open(alice.receive(kind=4)) == b"pong %d" % number
    relay.wait_until(lambda stats: stats["handshakes"]["successful"] == 1, "one handshake")
    states = {peer["fingerprint"]: peer for peer in relay.stats["peers"]}
    connected = [peer for peer in states.values() if peer["state"] == "connected"]
    assert len(connected) == 2 and all(peer["pathMilliseconds"] is not None for peer in connected)
    assert sorted(peer["receivedPackets"] for peer in connected) == [51, 51]


def test_a_single_spoofed_packet_moves_no_return_path(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    stranger = Peer(relay.address)
    stranger.send(transport(ours.other_index, 1_000))
    assert bob.receive(0.5, kind=4) is not None, "what may be a moved peer's packet is passed on"
    bob.send(theirs.seal(b"for alice only"))
    assert ours.open(alice.receive(kind=4)) == b"for alice only"
    assert stranger.drain() == []


def test_nobody_moves_a_path_whose_old_address_speaks(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    stranger = Peer(relay.address)
    for number in range(20):
        alice.send(ours.seal(b"here"))
        stranger.send(transport(ours.other_index, 1_000 + number))
        time.sleep(0.03)
    bob.drain()
    bob.send(theirs.seal(b"still here?"))
    assert ours.open(alice.receive(kind=4)) == b"still here?"
    assert stranger.drain() == []


def test_a_peer_that_moved_is_followed_and_may_come_back(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    old = alice.move()
    for _ in range(10):
        alice.send(ours.seal(b"moved"))
        time.sleep(0.05)
    assert len([1 for datagram in bob.drain() if theirs.open(datagram) == b"moved"]) == 10, "no packet is lost"
    bob.send(theirs.seal(b"there"))
    assert ours.open(alice.receive(kind=4)) == b"there"
    # The old address sends the newest packet, so the session returns to it.
    old.sendto(ours.seal(b"old"), relay.address)
    time.sleep(0.2)
    bob.drain()
    bob.send(theirs.seal(b"back"))
    old.settimeout(2)
    while True:
        datagram = old.recv(2048)
        if struct.unpack("<I", datagram[:4])[0] == 4 and ours.open(datagram) == b"back":
            break
    # Packets from the other address are neither lost nor ignored.
    for _ in range(10):
        alice.send(ours.seal(b"again"))
        time.sleep(0.05)
    assert len([1 for datagram in bob.drain() if theirs.open(datagram) == b"again"]) == 10
    bob.send(theirs.seal(b"who"))
    assert any(ours.open(datagram) == b"who" for datagram in alice.drain() if datagram[0] == 4)
    assert relay.drops("moved") == 0


@pytest.mark.parametrize("late_packets", [1, 5])
def test_late_packets_from_the_network_before_cut_nobody_off(pair, late_packets):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    late = [ours.seal(b"late") for _ in range(late_packets)]
    old = alice.move()
    for _ in range(8):
        alice.send(ours.seal(b"n"))
        time.sleep(0.06)
    bob.drain()
    for datagram in late:
        old.sendto(datagram, relay.address)
        time.sleep(0.06)
    assert [theirs.open(datagram) for datagram in bob.drain()] == [b"late"] * late_packets, "as without a relay"
    for number in range(10):
        alice.send(ours.seal(b"up %d" % number))
        assert theirs.open(bob.receive(kind=4)) == b"up %d" % number
        bob.send(theirs.seal(b"down %d" % number))
        assert ours.open(alice.receive(kind=4)) == b"down %d" % number
    assert relay.count("move_reverted") == 0 and relay.drops("moved") == 0


@pytest.mark.parametrize("mover_initiated", [True, False])
def test_a_quiet_peer_with_another_port_is_reached_after_one_keepalive(pair, mover_initiated):
    relay, alice, bob = pair
    if mover_initiated:
        ours, theirs = connect(alice, bob)
    else:
        theirs, ours = connect(bob, alice)
    alice.drain(0.05), bob.drain(0.05)
    alice.move()
    alice.send(ours.seal(b""))
    assert theirs.open(bob.receive(kind=4)) == b""
    time.sleep(0.6)
    # Bob pings once a second, as ping does: 96 bytes of an IP packet.
    for number in range(4):
        bob.send(theirs.seal(bytes([number]) * 96))
        datagram = alice.receive(0.5, kind=4)
        assert datagram is not None and ours.open(datagram) == bytes([number]) * 96, f"ping {number}"
        alice.send(ours.seal(bytes([number]) * 96))
        assert theirs.open(bob.receive(kind=4)) == bytes([number]) * 96
        time.sleep(0.2)


def test_a_forged_packet_earns_no_more_than_three_times_its_bytes(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    stranger = Peer(relay.address)
    stranger.send(transport(ours.other_index, 1_000))
    time.sleep(0.7)
    for _ in range(50):
        bob.send(theirs.seal(b"x" * 100))
    got = stranger.drain()
    assert sum(len(datagram) + 28 for datagram in got) <= 3 * (32 + 28)
    assert len(alice.drain()) >= 50


def test_marks_of_congestion_and_of_class_pass(pair):
    relay, alice, bob = pair
    bob.socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)

    def send(datagram, mark):
        alice.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, mark)
        alice.send(datagram)
        data, control, _, _ = bob.socket.recvmsg(65535, 64)
        assert data == datagram
        return control[0][2][0]

    ours, _ = connect(alice, bob)
    bob.drain(0.05)
    bob.socket.settimeout(2)
    for mark in (0x00, 0x01, 0x02, 0x03, 0x88, 0xB8):
        assert send(ours.seal(b"x"), mark) == mark
    assert send(alice.initiation(bob.key.public), 0x88) == 0x88


def test_roaming_strict_takes_handshakes_only():
    keys = [Key(), Key()]
    with Relay("--roaming", "strict", *allow(*keys)) as relay:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        ours, theirs = connect(alice, bob)
        alice.move()
        for _ in range(10):
            alice.send(ours.seal(b"moved"))
            time.sleep(0.03)
        assert bob.drain() == []
        ours, theirs = connect(alice, bob)
        bob.send(theirs.seal(b"there"))
        assert ours.open(alice.receive(kind=4)) == b"there"


def test_old_and_far_counters_from_elsewhere_are_dropped(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    for _ in range(5):
        alice.send(ours.seal(b"x"))
    assert len(bob.drain()) == 5
    stranger = Peer(relay.address)
    for counter in (0, 3, 1 << 40, (1 << 64) - 1):
        stranger.send(transport(ours.other_index, counter))
    assert bob.drain() == []
    assert relay.drops("implausible_counter") == 4


def test_a_forged_response_displaces_nothing_and_registers_nobody(pair):
    relay, alice, bob = pair
    stranger = Peer(relay.address)
    # An unsolicited response.
    stranger.send(forged_response(alice.key.public, 7, 8))
    time.sleep(0.1)
    assert relay.drops("unsolicited") >= 1
    # A member of the group, who received the broadcast, answers in another's place before the right one does.
    mallory = Peer(relay.address, Key())
    addresses = relay.stats["tables"]["addresses"]
    alice.send(alice.initiation(bob.key.public))
    initiation = bob.receive(kind=1)
    for index in range(3):
        mallory.send(forged_response(alice.key.public, 100 + index, alice.index))
        bob.send(forged_response(alice.key.public, 200 + index, alice.index))
    response, theirs, _ = bob.respond(initiation)
    bob.send(response)
    genuine = None
    for datagram in alice.drain():
        try:
            genuine = alice.accept(datagram)
        except Exception:
            continue
    assert genuine is not None, "the real response came through among the forged"
    alice.send(genuine.seal(b"hello"))
    assert theirs.open(bob.receive(kind=4)) == b"hello"
    bob.send(theirs.seal(b"welcome"))
    assert genuine.open(alice.receive(kind=4)) == b"welcome"
    assert relay.stats["tables"]["addresses"] == addresses
    assert relay.drops("unsolicited") >= 4


def test_a_replayed_initiation_gains_nothing(pair):
    relay, alice, bob = pair
    initiation = alice.initiation(bob.key.public)
    alice.send(initiation)
    received = bob.receive(kind=1)
    stranger = Peer(relay.address)
    stranger.send(initiation)
    bob.drain()
    response, theirs, _ = bob.respond(received)
    bob.send(response)
    ours = alice.accept(alice.receive(kind=2))
    alice.send(ours.seal(b"mine"))
    assert theirs.open(bob.receive(kind=4)) == b"mine"
    bob.send(theirs.seal(b"yours"))
    assert ours.open(alice.receive(kind=4)) == b"yours"
    assert [d for d in stranger.drain() if d[0] == 4] == []


def test_squatting_an_index_does_not_disturb_its_owner(pair):
    relay, alice, bob = pair
    mallory = Peer(relay.address, Key())
    mallory.knock(bob.key.public)
    ours, theirs = connect(alice, bob)
    # The same sender index from elsewhere, many times, before and after the owner's next handshake.
    index = 0xABCDEF01
    strangers = [Peer(relay.address) for _ in range(6)]
    for stranger in strangers[:3]:
        stranger.send(junk_initiation(bob.key.public, index))
    alice.send(alice.initiation(bob.key.public, index))
    for stranger in strangers[3:] + [mallory]:
        stranger.send(junk_initiation(bob.key.public, index))
    answered = False
    for datagram in bob.drain():
        try:
            response, theirs, _ = bob.respond(datagram)
        except Exception:
            continue
        bob.send(response)
        answered = True
    assert answered
    ours = alice.accept(alice.receive(kind=2))
    alice.send(ours.seal(b"hello"))
    assert theirs.open([d for d in bob.drain() if index_of(d) == theirs.own_index][-1]) == b"hello"
    bob.send(theirs.seal(b"welcome"))
    assert ours.open(alice.receive(kind=4)) == b"welcome"


def test_an_unknown_address_gets_no_more_than_it_sends():
    keys = [Key() for _ in range(8)]
    with Relay(*allow(*keys)) as relay:
        peers = [Peer(relay.address, key) for key in keys[:6]]
        for peer in peers:
            peer.knock(keys[7].public)
        for peer in peers:
            peer.drain(0.05)
        stranger = Peer(relay.address)
        stranger.send(junk_initiation(keys[6].public))
        answers = stranger.drain()
        assert [len(answer) for answer in answers] == [64], "one cookie reply for an initiation"
        assert all(peer.drain(0.05) == [] for peer in peers), "and nobody else hears of it"
        for datagram in (transport(1, 1), os.urandom(148), with_macs(initiation_fields(1), Key().public)):
            stranger.send(datagram)
        assert stranger.drain() == []
        # A cookie for one address is worth nothing at another.
        member = Peer(relay.address)
        member.send(member.initiation(keys[6].public))
        member.take_cookie(member.receive(kind=3), keys[6].public)
        thief = Peer(relay.address)
        thief.cookie = member.cookie
        thief.send(thief.initiation(keys[6].public))
        assert [len(answer) for answer in thief.drain()] == [64]
        member.send(member.initiation(keys[6].public))
        assert member.drain() == []
        heard = [peer.drain(0.1) for peer in peers]
        assert all(len(datagrams) == 1 for datagrams in heard)
        assert all(datagrams[0][132:] == bytes(16) for datagrams in heard), "our own mac2 is taken away"


def test_a_peers_own_mac2_is_forwarded(pair):
    relay, alice, bob = pair
    connect(alice, bob)
    initiation = alice.initiation(bob.key.public)
    initiation = initiation[:132] + b"0123456789abcdef"
    alice.send(initiation)
    assert bob.receive(kind=1) == initiation


def test_a_peers_cookie_reply_reaches_who_asked(pair):
    relay, alice, bob = pair
    connect(alice, bob)
    alice.send(alice.initiation(bob.key.public))
    bob.receive(kind=1)
    reply = struct.pack("<II", 3, alice.index) + os.urandom(56)
    stranger = Peer(relay.address)
    stranger.send(struct.pack("<II", 3, alice.index) + os.urandom(56))
    bob.send(reply)
    assert alice.receive(kind=3) == reply
    assert alice.receive(0.2, kind=3) is None


def test_established_traffic_survives_a_flood_of_bad_initiations():
    keys = [Key() for _ in range(1000)]
    path = f"/tmp/wpex-flood-{os.getpid()}.json"
    import json

    with open(path, "w") as file:
        json.dump({"keys": [{"name": f"k{i}", "publicKey": key.text} for i, key in enumerate(keys)]}, file)
    with Relay("--config", path) as relay:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        ours, theirs = connect(alice, bob)
        wrong = Key()
        flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        junk = [junk_initiation(wrong.public) for _ in range(64)]
        received = 0
        for _number in range(400):
            for datagram in junk[: 32]:
                flood.sendto(datagram, relay.address)
            alice.send(ours.seal(b"data"))
            received += bob.receive(0.5, kind=4) is not None
        assert received >= 380, f"{received} of 400 packets came through"
        drops = relay.stats["drops"]
        assert drops["not_allowed"] + drops["source_rate"] + drops["handshake_queue_full"] > 1_000
        # The next handshake works too, once the flood is over.
        connect(alice, bob)
    os.unlink(path)


def test_unproven_initiations_take_no_budget_from_proven_ones():
    keys = [Key(), Key(), Key()]
    with Relay(*allow(*keys)) as relay:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        connect(alice, bob)
        # Initiations for bob's key from eight networks, 1,900 per second, without proof of address.
        sockets = []
        for network in range(8):
            source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            source.bind((f"127.5.{network}.1", 0))
            sockets.append(source)
        junk = [junk_initiation(keys[1].public) for _ in range(64)]
        stop = threading.Event()
        reached = set()

        def listen():
            while not stop.is_set():
                datagram = bob.receive(0.2, kind=1)
                if datagram is not None:
                    reached.add(index_of(datagram))

        def flood():
            number = 0
            while not stop.is_set():
                for _ in range(19):
                    sockets[number % 8].sendto(junk[number % 64], relay.address)
                    number += 1
                time.sleep(0.01)

        threads = [threading.Thread(target=flood), threading.Thread(target=listen)]
        [thread.start() for thread in threads]
        try:
            relay.wait_until(lambda stats: stats["drops"]["key_rate"] > 500, "the key's budget is spent", timeout=60)
            for number in range(10):
                newcomer = Peer(relay.address, keys[2])
                for _ in range(5):
                    newcomer.send(newcomer.initiation(keys[1].public, index=7_000 + number))
                    cookie = newcomer.receive(0.5, kind=3)
                    if cookie is not None:
                        break
                assert cookie is not None, "whoever comes may prove itself"
                newcomer.take_cookie(cookie, keys[1].public)
                newcomer.send(newcomer.initiation(keys[1].public, index=8_000 + number))
                deadline = time.monotonic() + 5
                while 8_000 + number not in reached:
                    assert time.monotonic() < deadline, f"proven initiation {number} did not come through"
                    time.sleep(0.01)
                newcomer.close()
        finally:
            stop.set()
            [thread.join() for thread in threads]


def test_one_public_key_makes_no_session(pair):
    relay, alice, bob = pair
    connect(alice, bob)
    first, second = Peer(relay.address), Peer(relay.address)
    for stranger in (first, second):
        stranger.cookie = None
        stranger.knock(bob.key.public)
    time.sleep(0.1)
    before = relay.stats["handshakes"]["successful"]
    # The initiation goes to the whole group once the owner has been silent.
    for number in range(3):
        first.send(junk_initiation(bob.key.public, 500 + number))
        time.sleep(2.2)
        for datagram in second.drain(0.1):
            if datagram[0] == 1:
                second.send(forged_response(bob.key.public, 900 + number, index_of(datagram)))
        for datagram in first.drain(0.1):
            if datagram[0] == 2:
                first.send(transport(index_of(datagram), 0))
    time.sleep(0.2)
    assert relay.stats["handshakes"]["successful"] == before


def test_messages_of_every_type_and_size_are_survived(pair):
    relay, alice, bob = pair
    ours, theirs = connect(alice, bob)
    stranger = Peer(relay.address)
    seconds = float(os.environ.get("WPEX_FUZZ_SECONDS", "5"))
    for kind in range(6):
        for size in range(201):
            datagram = (struct.pack("<I", kind) + os.urandom(200))[:size]
            stranger.send(datagram)
            if size % 20 == 0:
                alice.send(datagram)
    deadline = time.monotonic() + seconds
    seeds = [
        junk_initiation(bob.key.public), forged_response(alice.key.public, 1, alice.index), transport(ours.other_index, 5),
        struct.pack("<II", 3, alice.index) + os.urandom(56),
    ]
    source = random.Random(20261123)
    sent = 0
    while time.monotonic() < deadline:
        datagram = bytearray(source.choice(seeds))
        for _ in range(source.randrange(4)):
            datagram[source.randrange(len(datagram))] = source.randrange(256)
        if source.random() < 0.3:
            datagram = datagram[: source.randrange(len(datagram) + 1)]
        (alice if source.random() < 0.5 else stranger).send(bytes(datagram))
        sent += 1
        if sent % 500 == 0:
            alice.drain(0.001), bob.drain(0.001)
    assert relay.process.poll() is None
    bob.drain(), alice.drain()
    ours, theirs = connect(alice, bob)
    assert relay.get("/healthz") == "ok\n"


def test_tables_stay_within_their_bounds():
    keys = [Key(), Key()]
    with Relay("--max-sessions", "200", *allow(*keys)) as relay:
        alice, bob = Peer(relay.address, keys[0]), Peer(relay.address, keys[1])
        introduce(alice, bob)
        connect(alice, bob)
        for number in range(600):
            alice.send(alice.initiation(bob.key.public))
            initiation = bob.receive(1, kind=1)
            if initiation is None:
                break
            for index in range(8):
                bob.send(forged_response(alice.key.public, number * 8 + index, index_of(initiation)))
            alice.drain(0.0005)
        stats = relay.stats
        assert stats["tables"]["sessionCandidates"] <= 64
        assert stats["sessions"] <= 200
        assert stats["drops"]["table_full"] + stats["drops"]["source_rate"] + stats["drops"]["key_rate"] > 0


def test_a_revoked_key_ends_within_a_second_and_nobody_else_notices():
    import json

    keys = [Key() for _ in range(4)]
    path = f"/tmp/wpex-revoke-{os.getpid()}.json"

    def declare(some):
        with open(path + ".new", "w") as file:
            json.dump({"keys": [{"name": f"k{keys.index(key)}", "publicKey": key.text} for key in some]}, file)
        os.rename(path + ".new", path)

    declare(keys)
    with Relay("--config", path, state=path + ".state") as relay:
        peers = [Peer(relay.address, key) for key in keys]
        introduce(*peers)
        first = connect(peers[0], peers[1])
        second = connect(peers[2], peers[3])
        declare([keys[0], keys[2], keys[3]])
        revoked = time.monotonic()
        ended = None
        lost = 0
        while time.monotonic() - revoked < 2:
            peers[0].send(first[0].seal(b"x"))
            if peers[1].receive(0.05, kind=4) is None:
                ended = ended or time.monotonic() - revoked
            peers[2].send(second[0].seal(b"y"))
            lost += peers[3].receive(0.5, kind=4) is None
        assert ended is not None and ended < 1, ended
        assert lost == 0
        assert json.loads(relay.get("/api/v1/config"))["keys"] == 3
        # It stays revoked after a restart, although the earlier state had it.
        relay.stop(9)
        relay.wanted_port = relay.port
        relay.start()
        peers[0].send(first[0].seal(b"x"))
        assert peers[1].receive(0.3, kind=4) is None
        peers[2].send(second[0].seal(b"y"))
        assert peers[3].receive(1, kind=4) is not None, "and who stays needs no handshake"
        # A broken file changes nothing.
        with open(path, "w") as file:
            file.write('{"keys": [')
        time.sleep(0.6)
        peers[2].send(second[0].seal(b"y"))
        assert peers[3].receive(1, kind=4) is not None
        assert json.loads(relay.get("/api/v1/config"))["reloadFailure"]
    os.unlink(path)


def test_groups_never_hear_of_each_other():
    import json

    groups = {name: [Key() for _ in range(3)] for name in ("acme", "globex", "initech")}
    path = f"/tmp/wpex-groups-{os.getpid()}.json"
    with open(path, "w") as file:
        json.dump(
            {"keys": [{"name": f"{g}-{i}", "publicKey": k.text, "group": g} for g, ks in groups.items() for i, k in enumerate(ks)]},
            file,
        )
    with Relay("--config", path) as relay:
        peers = {g: [Peer(relay.address, k) for k in ks] for g, ks in groups.items()}
        for g, members in peers.items():
            for member in members:
                member.knock(groups[g][(members.index(member) + 1) % 3].public)
        heard = {g: set() for g in groups}
        for g, members in peers.items():
            for member in members:
                for datagram in member.drain(0.1):
                    heard[g].add(datagram[:4])
        for g, members in peers.items():
            members[0].send(members[0].initiation(groups[g][1].public, index=hash(g) & 0xFFFFFFFF))
        for g, members in peers.items():
            for member in members:
                for datagram in member.drain(0.2):
                    assert index_of(datagram) == hash(g) & 0xFFFFFFFF
    os.unlink(path)


def test_bandwidth_caps_are_shared_fairly():
    import json
    import threading

    keys = [Key() for _ in range(4)]
    path = f"/tmp/wpex-caps-{os.getpid()}.json"
    with open(path, "w") as file:
        json.dump({"bandwidthMbps": 4, "keys": [{"name": f"k{i}", "publicKey": k.text} for i, k in enumerate(keys)]}, file)
    with Relay("--config", path) as relay:
        peers = [Peer(relay.address, key) for key in keys]
        introduce(*peers)
        greedy = connect(peers[0], peers[1])
        modest = connect(peers[2], peers[3])
        payload = bytes(1200)
        counts = [0, 0]
        end = time.monotonic() + 3

        def receive(place, peer):
            while time.monotonic() < end + 0.3:
                counts[place] += peer.receive(0.1, kind=4) is not None

        threads = [threading.Thread(target=receive, args=(0, peers[1])), threading.Thread(target=receive, args=(1, peers[3]))]
        [thread.start() for thread in threads]
        sent = 0
        while time.monotonic() < end:
            for _ in range(20):
                peers[0].send(greedy[0].seal(payload))
            peers[2].send(modest[0].seal(payload))
            sent += 1
            time.sleep(0.01)
        [thread.join() for thread in threads]
        # 4 Mb/s for 3 s are 1.5 MB, some 1,200 packets of 1,232 bytes, for both together.
        assert sum(counts) <= 1_600, counts
        assert counts[1] >= 0.9 * sent, f"the modest one got {counts[1]} of {sent} through"
        assert relay.drops("bandwidth") > 1_000
    os.unlink(path)


def test_who_confirms_anothers_session_gets_copies_and_takes_nothing_away(pair):
    relay, alice, bob = pair
    index = 0x1337
    stranger = Peer(relay.address)
    ours, theirs = connect(alice, bob)
    stranger.send(junk_initiation(bob.key.public, index))
    alice.send(alice.initiation(bob.key.public, index))
    for datagram in bob.drain():
        try:
            response, theirs, _ = bob.respond(datagram)
        except Exception:
            continue
        bob.send(response)
    seen = stranger.receive(kind=2)
    assert seen is not None, "both asked with this index"
    stranger.send(transport(struct.unpack("<I", seen[4:8])[0], 0))
    assert bob.receive(kind=4) is not None, "the stranger's packet reaches bob and means nothing to him"
    ours = alice.accept(alice.receive(kind=2))
    alice.send(ours.seal(b"hello"))
    assert theirs.open(bob.receive(kind=4)) == b"hello"
    for number in range(5):
        bob.send(theirs.seal(b"number %d" % number))
        assert ours.open(alice.receive(kind=4)) == b"number %d" % number
