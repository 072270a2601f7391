"""The built programs, and folders of the repository."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
WPEX = os.environ.get("WPEX", str(ROOT / ".build/debug/wpex"))
WPEX_RELAY = os.environ.get("WPEX_RELAY", str(ROOT / ".build/debug/wpex-relay"))


def wpex(*arguments, check=True, timeout=120, **options):
    """Runs `wpex` to its end."""
    result = subprocess.run([WPEX, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


def module(name):
    """The folder of a Swift module's sources."""
    (folder,) = [path for path in (ROOT / "Sources").glob(f"**/{name}") if path.is_dir()]
    return folder
