"""What a user of the driver would write without governance: the tags, a revision and an event, in one Cypher.

Revisions and events have labels of their own, under the same constraints as ours: written as ours they would break our
history and our log. They are gone afterwards.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import neo4j
import orjson

BEGIN = (
    "CREATE CONSTRAINT bench_revision IF NOT EXISTS FOR (n:BenchRevision) REQUIRE (n.productId, n.revision) IS UNIQUE",
    "CREATE CONSTRAINT bench_event_id IF NOT EXISTS FOR (n:BenchEvent) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT bench_event_seq IF NOT EXISTS FOR (n:BenchEvent) REQUIRE n.seq IS UNIQUE",
    "CREATE CONSTRAINT bench_log IF NOT EXISTS FOR (n:BenchLog) REQUIRE n.key IS UNIQUE",
    "MATCH (n:BenchRevision|BenchEvent|BenchLog) DETACH DELETE n",  # of a run that was killed
    "CREATE (:BenchLog {key: 'tail', seq: 0})",
    "CALL db.awaitIndexes(60)",
)
END = (
    "MATCH (n:BenchRevision|BenchEvent|BenchLog) DETACH DELETE n",
    "DROP CONSTRAINT bench_revision IF EXISTS",
    "DROP CONSTRAINT bench_event_id IF EXISTS",
    "DROP CONSTRAINT bench_event_seq IF EXISTS",
    "DROP CONSTRAINT bench_log IF EXISTS",
)
DOCUMENT = """MATCH (p:DataProduct {id: $id})-[:HAS_REVISION]->(r:ProductRevision {revision: p.revision})
RETURN r.documentJson AS document"""
# Only one product is written to, so the number of its revision is that of the event.
WRITE = """
MATCH (t:BenchLog {key: 'tail'}) SET t.seq = t.seq + 1
WITH t
MATCH (p:DataProduct {id: $id}) SET p.tags = $tags
WITH t, p
OPTIONAL MATCH (old:BenchRevision {productId: $id, revision: t.seq - 1}) SET old.validTo = $now
CREATE (p)-[:HAS_BENCH_REVISION]->(:BenchRevision {productId: $id, revision: t.seq, validFrom: $now,
  documentJson: $document, status: p.status, type: p.type, ownerTeam: p.ownerTeam, classification: p.classification,
  contractId: p.contractId})
CREATE (:BenchEvent {id: $event, seq: t.seq, at: $now, actor: 'bench', action: 'update', subjectKind: 'DATA_PRODUCT',
  subjectId: $id, domain: p.domain, beforeJson: $before, afterJson: $document})
RETURN p.tags AS tags
"""


@contextmanager
def bare_write(
    driver: neo4j.Driver, database: str, product_id: str
) -> Iterator[Callable[[list[str]], Callable[[], None]]]:
    """Yields what prepares a write of tags to the product."""
    run_all(driver, database, BEGIN)
    found = driver.execute_query(DOCUMENT, id=product_id, database_=database).records
    document: dict[str, Any] = orjson.loads(found[0]["document"])

    def prepare(tags: list[str]) -> Callable[[], None]:
        return lambda: write(driver, database, product_id, tags, document)

    try:
        yield prepare
    finally:
        run_all(driver, database, END)


def write(driver: neo4j.Driver, database: str, product_id: str, tags: list[str], document: dict[str, Any]) -> None:
    now = datetime.now(UTC).isoformat()
    before = orjson.dumps(document).decode()
    document.update(tags=tags, updatedAt=now, revision=document["revision"] + 1)
    given = {
        "id": product_id,
        "tags": tags,
        "now": now,
        "event": f"evt_{uuid4().hex}",
        "before": before,
        "document": orjson.dumps(document).decode(),
    }
    with driver.session(database=database) as session:
        if session.run(WRITE, given).single(strict=True)["tags"] != tags:
            raise RuntimeError(f"{product_id} was not written")


def run_all(driver: neo4j.Driver, database: str, statements: tuple[str, ...]) -> None:
    with driver.session(database=database) as session:
        for statement in statements:
            session.run(statement).consume()  # type: ignore[arg-type]
