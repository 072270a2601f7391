"""Certificates that sign themselves."""

import subprocess


def make_certificate(certificate, key, name="localhost", addresses=()):
    """Writes a certificate for a name, and IP addresses, and its key."""
    names = ",".join([f"DNS:{name}", *(f"IP:{address}" for address in addresses)])
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
