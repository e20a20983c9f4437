"""A second real S3 server on loopback: moto, which has bucket policies, transitions and the block on public access.

It comes with TLS, since a policy that demands TLS is only applied where the storage has it. It checks no signatures.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from graph_api.provisioning.s3 import S3Credentials
from tests.graph_api.provisioning.seaweed import KEY, SECRET, client, free_ports

SECONDS = 120


@contextmanager
def moto(folder: Path) -> Iterator[S3Credentials]:
    """Credentials of a server that runs until the block ends. boto3 trusts its certificate meanwhile."""
    pytest.importorskip("boto3", reason="needs meshweave[infrastructure]")
    server = shutil.which("moto_server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if server is None:
        pytest.skip("needs `moto_server` of the package moto")
    certificate, key = write_certificate(folder)
    (port,) = free_ports(1)
    command = [server, "-H", "127.0.0.1", "-p", str(port), "-c", str(certificate), "-k", str(key)]
    with (folder / "log").open("w") as log, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_CA_BUNDLE", str(certificate))
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            given = S3Credentials(KEY, SECRET, f"https://127.0.0.1:{port}")
            wait_for(process, given, folder / "log")
            yield given
        finally:
            process.kill()
            process.wait(30)


def wait_for(process: subprocess.Popen[bytes], given: S3Credentials, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    s3 = client(given)
    while True:
        try:
            s3.list_buckets()
            return
        except Exception:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"moto did not start: {log.read_text()[-1000:]}")
            time.sleep(0.2)


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
