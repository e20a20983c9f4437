"""A PostgreSQL of the tests' own, from the system's package, or a skip where that is absent."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.s3_server import free_ports

PASSWORD = "secret of the tests"


class PostgresServer(NamedTuple):
    """Its superuser is `mesh`; `reader` may read what it is granted."""

    port: int
    psql: str

    def run(self, sql: str) -> str:
        """What psql says of `sql`, as the superuser."""
        command = [self.psql, "-h", "127.0.0.1", "-p", str(self.port), "-U", "mesh", "-v", "ON_ERROR_STOP=1", "-Atq"]
        done = subprocess.run(
            [*command, "postgres"],
            input=sql,
            text=True,
            capture_output=True,
            check=False,
            env={**os.environ, "PGPASSWORD": PASSWORD},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def binaries() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if folders:
        return folders[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Runs until the block ends. PostgreSQL refuses to run as root: then it runs as a user without rights."""
    home = binaries()
    if home is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="meshweave-pg"))
    user: dict[str, int] = {}
    if os.getuid() == 0:
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = known.get("postgres") or known["nobody"]
        user = {"user": entry.pw_uid, "group": entry.pw_gid}
        os.chown(folder, entry.pw_uid, entry.pw_gid)

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **user)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr or done.stdout

    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    data, (port,) = str(folder / "data"), free_ports(1)
    arguments = ("-A", "scram-sha-256", "-U", "mesh", "--pwfile", str(folder / "password"))
    run(f"{home}/initdb", "-D", data, *arguments, "--no-sync", "-E", "UTF8", "--locale=C")
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run(f"{home}/pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
    try:
        yield PostgresServer(port, f"{home}/psql")
    finally:
        run(f"{home}/pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
