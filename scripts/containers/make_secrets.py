"""Makes the secrets of a Compose project in a folder that its services share, unless they are there.

`neo4j_password` and `token` for the API, `neo4j_auth` (user/password) for Neo4j's image. The volume is mounted by these
services alone, and on the host only root can enter it; inside, the services run as different users, so all may read.
"""

import os
import secrets
import sys
from pathlib import Path


def keep(file: Path, text: str) -> str:
    """`file`'s text; written now if it isn't there. By a rename, so that a kill leaves all of it or nothing."""
    if not file.exists():
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        part.write_text(text)
        os.chmod(part, 0o444)
        part.replace(file)
    return file.read_text()


def main(folder: Path) -> None:
    password = keep(folder / "neo4j_password", secrets.token_urlsafe(32))
    keep(folder / "neo4j_auth", f"neo4j/{password}")
    keep(folder / "token", secrets.token_urlsafe(32))
    os.chmod(folder, 0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
