"""A provider's repository with viewers of every kind: an own tenant, and foreign ones that it must not see."""

import pathlib
import shutil

from support.git import commit, git
from support.sample import SAMPLE, copy_sample
from support.viewers import HOMES, OWN, VIEWERS, WATCHER, user


def repository(folder, change_foreign=None):
    """Two commits: what the platform and the own tenant declare, and then everybody else."""
    folder = pathlib.Path(folder)
    copy_sample(folder)
    for who, (role, status, is_global) in VIEWERS.items():
        place = folder / "users" if is_global else folder / "orgs" / HOMES.get(who, OWN) / "users"
        place.mkdir(exist_ok=True)
        (place / f"look-{who}.yaml").write_text(user(f"look-{who}", role, status, who))
    (folder / "roles").mkdir(exist_ok=True)
    (folder / "roles/watcher.yaml").write_text(WATCHER)
    others = [path for path in (folder / "orgs").iterdir() if path.name != OWN]
    aside = folder.parent / f"{folder.name}-aside"
    aside.mkdir()
    for path in others:
        path.rename(aside / path.name)
    git("init", "-q", "-b", "main", cwd=folder)
    # Dates of its own: two of them that are the same have the same commits.
    commit(folder, "The platform and its first tenant", when="2026-11-20T10:00:00+00:00")
    for path in others:
        (aside / path.name).rename(path)
    if change_foreign:
        change_foreign(folder)
    commit(folder, "SECRETOFOTHERS: everybody else", when="2026-11-21T10:00:00+00:00")
    return folder


def without_foreign(folder):
    """Another world: the foreign tenants have other names, other relays and other keys."""
    for path in (folder / "orgs").iterdir():
        if path.name != OWN:
            shutil.rmtree(path)
    other = folder / "orgs/zeta"
    shutil.copytree(SAMPLE / "orgs/initech", other)
    text = (other / "organization.yaml").read_text().replace("initech", "zeta").replace("Initech", "Zeta")
    (other / "organization.yaml").write_text(text)
    shutil.rmtree(other / "relays")
    for path in (other / "keys").iterdir():
        path.unlink()
