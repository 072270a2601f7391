"""Checksums of what was made, and their signature."""

import hashlib
import subprocess

# What the signature is for: one of another namespace does not verify.
NAMESPACE = "wpex-release"


def checksums(out):
    """Writes SHA256SUMS of all files in a folder."""
    files = sorted(path for path in out.iterdir() if not path.name.startswith("SHA256SUMS"))
    target = out / "SHA256SUMS"
    target.write_text("".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files))
    return target


def sign(sums, key):
    """Writes SHA256SUMS.sig with an SSH key, which may be in an agent or a security key."""
    signature = sums.with_name(sums.name + ".sig")
    signature.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, sums], check=True)
    return signature
