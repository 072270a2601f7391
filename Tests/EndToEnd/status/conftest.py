

import pytest

from support.audit_file import Audit
from support.repository import repository, without_foreign
from support.server import Server
from support.viewers import FOREIGN, OWN

# A real PostgreSQL is made there.



def audit(path, foreign):
    """Records of the viewer's tenant, interleaved with another's."""
    log = Audit(path)
    for number in range(foreign):
        log.add(f"start/{number}", "object.created", FOREIGN, kind="Secret", name="FOREIGNOBJECT", detail="FOREIGNDETAIL")
    for number in range(7):
        log.add(f"own/{number}", "object.updated", OWN, at=1_795_000_100_000 + number, kind="Deployment", name=f"relay-{number}")
        for other in range(foreign):
            log.add(f"other/{number}/{other}", "object.deleted", FOREIGN, name="FOREIGNOBJECT")
        log.add(f"platform/{number}", "apply.finished", detail="PLATFORMDETAIL")
    return path


@pytest.fixture(scope="session")
def worlds(tmp_path_factory):
    """Two servers that differ only in what is foreign to the viewer's tenant."""
    folder = tmp_path_factory.mktemp("worlds")
    one = repository(folder / "one")
    two = repository(folder / "two", without_foreign)
    with (
        Server(folder / "server-one", one, audit(folder / "one.sqlite", 3)) as first,
        Server(folder / "server-two", two, audit(folder / "two.sqlite", 1)) as second,
    ):
        yield first, second


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server for logins, whose audit log grows. Every login has a different address, so that refusals do not slow
    others down."""
    folder = tmp_path_factory.mktemp("one")
    with Server(
        folder / "server", repository(folder / "repo"), audit(folder / "audit.sqlite", 3),
        settings={"http": {"trustedProxies": "127.0.0.1"}},
    ) as server:
        server.is_login_from_anywhere = True
        yield server
