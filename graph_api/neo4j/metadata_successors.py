"""The data of migration 140: `successor` and `sunset` in the metadata of deprecated products become fields of theirs.

What names no product, or no day, stays in the metadata. Products and their revisions are changed alike, so that the
past is read as the present; no revision and no audit event is added.
"""

from typing import Any, LiteralString, NamedTuple

import orjson
from neo4j import AsyncDriver, AsyncManagedTransaction, unit_of_work

from resolvers.model import clock

KEYS = ("successor", "sunset")
AT_ONCE = 200
NO_LIMIT = 0.0

# `rows` are those after `$after`, by an order of their own.
PRODUCTS: LiteralString = """
MATCH (p:DataProduct) WHERE p.id > $after AND p.status IN ['DEPRECATED', 'RETIRED']
  AND (p.metadataJson CONTAINS '"successor"' OR p.metadataJson CONTAINS '"sunset"')
WITH p ORDER BY p.id LIMIT $most
RETURN collect([p.id, p.metadataJson]) AS rows
"""
REVISIONS: LiteralString = """
MATCH (v:ProductRevision) WHERE v.status IN ['DEPRECATED', 'RETIRED']
  AND (v.documentJson CONTAINS '"successor"' OR v.documentJson CONTAINS '"sunset"')
WITH v, v.productId + ' ' + right('000000000' + toString(v.revision), 10) AS key WHERE key > $after
WITH v, key ORDER BY key LIMIT $most
RETURN collect([key, v.documentJson]) AS rows
"""
URNS: LiteralString = """
UNWIND $names AS name
MATCH (p:DataProduct) WHERE p.id = name OR p.urn = name
RETURN collect([name, p.urn]) AS rows
"""
SET_PRODUCTS: LiteralString = """
UNWIND $rows AS row
MATCH (p:DataProduct {id: row.key})
SET p.metadataJson = row.text, p.successor = coalesce(row.successor, p.successor),
  p.sunset = coalesce(row.sunset, p.sunset)
RETURN count(*) AS rows
"""
SET_REVISIONS: LiteralString = """
UNWIND $rows AS row
MATCH (v:ProductRevision {productId: split(row.key, ' ')[0], revision: toInteger(split(row.key, ' ')[1])})
SET v.documentJson = row.text
RETURN count(*) AS rows
"""


class MovedSuccessor(NamedTuple):
    """`document` without what became `successor`, a urn, and `sunset`, a day."""

    document: dict[str, Any]
    successor: str | None
    sunset: str | None


def moved(metadata: dict[str, Any], urns: dict[str, str]) -> MovedSuccessor:
    """`urns` of the products that there are, by id and by urn."""
    successor, sunset = urns.get(str(metadata.get("successor"))), day_of(metadata.get("sunset"))
    gone = {key for key, value in (("successor", successor), ("sunset", sunset)) if value is not None}
    return MovedSuccessor({key: value for key, value in metadata.items() if key not in gone}, successor, sunset)


def day_of(value: Any) -> str | None:
    try:
        return clock.parse_day(value)
    except ValueError:
        return None


async def move_successors(driver: AsyncDriver, database: str) -> None:
    """May be stopped at any time and started again."""
    after: str | None = ""
    while after is not None:
        after = await _portion(driver, database, PRODUCTS, SET_PRODUCTS, True, after)
    after = ""
    while after is not None:
        after = await _portion(driver, database, REVISIONS, SET_REVISIONS, False, after)


async def _portion(
    driver: AsyncDriver, database: str, find: LiteralString, write: LiteralString, of_product: bool, after: str
) -> str | None:
    """The key of the last row of this portion; None when there was none."""

    @unit_of_work(timeout=NO_LIMIT)
    async def work(tx: AsyncManagedTransaction) -> str | None:
        async def rows_of(query: LiteralString, **parameters: Any) -> Any:
            return (await (await tx.run(query, parameters)).single(strict=True))["rows"]

        rows = [(key, orjson.loads(text)) for key, text in await rows_of(find, after=after, most=AT_ONCE)]
        if not rows:
            return None
        metadata = {key: document if of_product else document.get("metadata") or {} for key, document in rows}
        names = sorted({one["successor"] for one in metadata.values() if isinstance(one.get("successor"), str)})
        urns = dict(await rows_of(URNS, names=names))
        changes = []
        for key, document in rows:
            remaining, successor, sunset = moved(metadata[key], urns)
            if successor is None and sunset is None:
                continue
            fields = {"successor": successor, "sunset": sunset}
            document = remaining if of_product else {**document, "metadata": remaining, **fields}
            changes.append({"key": key, "text": orjson.dumps(document).decode(), **fields})
        await rows_of(write, rows=changes)
        return rows[-1][0]

    async with driver.session(database=database) as session:
        return await session.execute_write(work)
