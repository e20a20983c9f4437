"""Migrations 096 and 160: search words of products that were written before products had them, or by other rules.

They are made by the same code as those of new products, so this is a step of Python: in batches, each of which may be
repeated. A product that is written meanwhile keeps the words of that write.
"""

from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import orjson
from neo4j import AsyncDriver, AsyncManagedTransaction, unit_of_work

from resolvers.graph.search_text import field_words, properties_of, words_of

BATCH = 1_000
PRODUCTS: LiteralString = """
MATCH (p:DataProduct) WHERE p.id > $after WITH p ORDER BY p.id LIMIT $limit
RETURN collect([p.id, p.searchKeys IS NULL, p.fieldNames,
  [p.id, p.urn, p.domain, p.name, p.ownerTeam, p.description, p.tags]]) AS rows
"""
SAVE_PRODUCTS: LiteralString = """
UNWIND $rows AS row
MATCH (p:DataProduct {id: row.id})
SET p._lock = true REMOVE p._lock
WITH p, row WHERE p.searchKeys IS NULL
SET p += row.properties
"""
# Under their locks, so that what is read is what the words are of.
LOCKED_PRODUCTS: LiteralString = """
MATCH (p:DataProduct) WHERE p.id > $after WITH p ORDER BY p.id LIMIT $limit
SET p._lock = true REMOVE p._lock
RETURN collect([p.id, p.fieldNames, [p.id, p.urn, p.domain, p.name, p.ownerTeam, p.description, p.tags]]) AS rows
"""
RENEW_PRODUCTS: LiteralString = "UNWIND $rows AS row MATCH (p:DataProduct {id: row.id}) SET p += row.properties"
# Fields whose words are copied to their product when their version comes into force.
WAITING: LiteralString = """
MATCH (c:DataContract) WHERE c.tryAt IS NOT NULL
MATCH (c)-[:HAS_FIELD]->(f:ContractField)
RETURN collect([f.id, f.name]) AS rows
"""
SAVE_FIELDS: LiteralString = "UNWIND $rows AS row MATCH (f:ContractField {id: row.id}) SET f.searchWords = row.words"


# Writes the products behind an id, and returns them.
Batch = Callable[[AsyncManagedTransaction, str], Awaitable[list[list[Any]]]]


async def fill_search_words(driver: AsyncDriver, database: str) -> None:
    await _each_batch(driver, database, _batch)


async def renew_search_words(driver: AsyncDriver, database: str) -> None:
    """Replaces the words of products with a text beyond ASCII; others have the same words by both rules."""
    await _each_batch(driver, database, _renew)


async def _each_batch(driver: AsyncDriver, database: str, write: Batch) -> None:
    """Writes all products by id, a batch in each transaction, then the fields that wait for their version's date."""
    async with driver.session(database=database) as session:
        after = ""
        while rows := await session.execute_write(write, after):
            after = rows[-1][0]
        await session.execute_write(_waiting_fields)


@unit_of_work(timeout=0.0)
async def _batch(tx: AsyncManagedTransaction, after: str) -> list[list[Any]]:
    """Fills the next products by id and returns them."""
    record = await (await tx.run(PRODUCTS, after=after, limit=BATCH)).single(strict=True)
    missing = [row for row in record["rows"] if row[1]]
    filled = [{"id": id, "properties": words_of_product(product, names)} for id, _, names, product in missing]
    await (await tx.run(SAVE_PRODUCTS, rows=filled)).consume()
    return record["rows"]


def words_of_product(product: list[Any], names: list[str] | None) -> dict[str, Any]:
    return {**properties_of(*product), **({"fieldWords": field_words(names)} if names else {})}


@unit_of_work(timeout=0.0)
async def _renew(tx: AsyncManagedTransaction, after: str) -> list[list[Any]]:
    record = await (await tx.run(LOCKED_PRODUCTS, after=after, limit=BATCH)).single(strict=True)
    # One whose creation is under way elsewhere has an id and a urn alone.
    renewable = [row for row in record["rows"] if row[2][2] is not None and not orjson.dumps(row).isascii()]
    renewed = [{"id": id, "properties": words_of_product(product, names)} for id, names, product in renewable]
    await (await tx.run(RENEW_PRODUCTS, rows=renewed)).consume()
    return record["rows"]


@unit_of_work(timeout=0.0)
async def _waiting_fields(tx: AsyncManagedTransaction) -> None:
    record = await (await tx.run(WAITING)).single(strict=True)
    rows = [{"id": id, "words": words_of(name)} for id, name in record["rows"]]
    await (await tx.run(SAVE_FIELDS, rows=rows)).consume()
