"""10,000 relays, 1,000 open event streams, continuous changes and `wrk`: no errors, no lost streams, bounded memory."""

import importlib.machinery
import importlib.util
import time

import pytest

from support.program import ROOT, WPEX


@pytest.fixture(scope="module")
def load():
    """Loads Benchmarks/status, which measures what is asserted here."""
    loader = importlib.machinery.SourceFileLoader("status", str(ROOT / "Benchmarks/status"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("status", loader))
    loader.exec_module(module)
    module.WPEX, module.ORGS, module.STREAMS, module.SECONDS = WPEX, 1000, 1000, 3
    return module


def test_load(load):
    with load.running() as (port, server, say), load.Streams(port) as streams:
        url = f"http://127.0.0.1:{port}"
        with load.changing(say):
            # Once, so that everything that is created lazily exists.
            for path in load.TARGETS.values():
                load.wrk(url + path, load.HEADERS)
            first = load.memory(server)
            for _ in range(3):
                for path in [load.FLOOR, *load.TARGETS.values()]:
                    # Ends the test if a request fails.
                    load.wrk(url + path, load.HEADERS)
            last = load.memory(server)
            end = time.monotonic() + 60
            while streams.received < load.STREAMS and time.monotonic() < end:
                time.sleep(0.2)
        assert streams.received >= load.STREAMS and streams.ended == 0
        # Apart from the streams' buffers, nothing grows with the requests.
        assert last < 1024 and last < first + 128, (first, last)
        assert server.poll() is None
