"""Writes graph_api/neo4j/jars.lock anew: every jar the embedded Neo4j needs, by coordinates, SHA-256 and size.

    uv run python scripts/lock_jars.py 2026.08.1

jgo resolves the dependencies (2-4 minutes the first time), each jar is fetched once and checked against the SHA-1 its
repository publishes. No address is written: `MESHWEAVE_MAVEN_URL`, or else jgo's default repository, is asked at run
time.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

import httpx
from jgo.maven import MavenContext

from graph_api.neo4j.jars import Jar, repository_url
from graph_api.settings import get_settings

ROOTS = ("org.neo4j:neo4j", "org.neo4j:neo4j-bolt")
LOCK = Path(__file__).parent.parent / "graph_api" / "neo4j" / "jars.lock"
HEADER = """\
# The embedded Neo4j {version} (GPLv3, fetched by the machine that runs it), written by scripts/lock_jars.py.
# group:artifact:version[:classifier] sha256 size
"""


def resolve(version: str, url: str) -> list[str]:
    """The coordinates of `ROOTS` at `version` and of everything they need at run time, sorted."""
    context = MavenContext(remote_repos={"central": url})
    roots = [context.create_dependency(f"{root}:{version}!") for root in ROOTS]
    inputs, transitive = context.resolver.resolve(roots)
    jars = [dep for dep in inputs + transitive if dep.type == "jar" and dep.scope in (None, "compile", "runtime")]
    return sorted({":".join(filter(None, (d.groupId, d.artifactId, d.version, d.classifier))) for d in jars})


async def lock_line(client: httpx.AsyncClient, gate: asyncio.Semaphore, coordinates: str, url: str) -> str:
    jar = Jar(coordinates, "", 0)
    async with gate:
        content = (await client.get(f"{url}/{jar.path}")).raise_for_status().content
        published = (await client.get(f"{url}/{jar.path}.sha1")).raise_for_status().text.split()[0]
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != published:
        raise SystemExit(f"{coordinates} does not match the SHA-1 its repository publishes: run this again")
    return f"{coordinates} {hashlib.sha256(content).hexdigest()} {len(content)}\n"


async def main(version: str) -> None:
    url = repository_url(get_settings().maven_url)
    coordinates = await asyncio.to_thread(resolve, version, url)
    gate = asyncio.Semaphore(16)
    async with httpx.AsyncClient(timeout=60, follow_redirects=True) as client:
        lines = await asyncio.gather(*(lock_line(client, gate, one, url) for one in coordinates))
    LOCK.write_text(HEADER.format(version=version) + "".join(lines))
    print(f"{len(lines)} jars, {sum(int(line.split()[2]) for line in lines) / 1e6:.0f} MB: {LOCK}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
