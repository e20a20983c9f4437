"""Applies the numbered Cypher migrations, once each, in order.

Safe to kill at any step: every statement is idempotent (`IF NOT EXISTS`, `MERGE`) and a file counts as applied only
after all its statements ran. Safe for replicas that start together: a lock on one node lets one replica migrate while
the others wait.
"""

from importlib.resources import files
from typing import LiteralString, NamedTuple, cast

from neo4j import AsyncDriver, AsyncManagedTransaction, Query, unit_of_work

from graph_api.neo4j.metadata_successors import move_successors
from graph_api.neo4j.search_words import fill_search_words, renew_search_words

MIGRATIONS = files("graph_api.neo4j") / "migrations"


# What a file's statements cannot say, by its number: done after them, and idempotent like them.
IN_PYTHON = {96: fill_search_words, 140: move_successors, 160: renew_search_words}


class Migration(NamedTuple):
    number: int
    name: str
    statements: tuple[LiteralString, ...]


def load_migrations() -> list[Migration]:
    scripts = [path for path in MIGRATIONS.iterdir() if path.name.endswith(".cypher")]
    files = sorted(scripts, key=lambda path: path.name)
    return [Migration(int(path.name[:3]), path.name, split(path.read_text())) for path in files]


def split(text: str) -> tuple[LiteralString, ...]:
    """Statements end with `;` at a line's end; lines that start with `//` are comments. The files are part of the code,
    so their text is trusted."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    statements = "\n".join(lines).split(";\n")
    return tuple(cast(LiteralString, s.strip().removesuffix(";")) for s in statements if s.strip().removesuffix(";"))


KEY = "CREATE CONSTRAINT migration_number IF NOT EXISTS FOR (n:Migration) REQUIRE n.number IS UNIQUE"
APPLIED = "MATCH (n:Migration) WHERE n.appliedAt IS NOT NULL RETURN collect(n.number) AS numbers"
LOCK = "MERGE (n:Migration {number: $number}) SET n._lock = true REMOVE n._lock RETURN n.appliedAt AS at"
DONE = "MATCH (n:Migration {number: $number}) SET n.name = $name, n.appliedAt = toString(datetime())"
INDEXES_UP = "CALL db.awaitIndexes(86400)"
NO_LIMIT = 0.0  # no time limit: a statement's time depends on the mesh and on the machine


async def migrate(driver: AsyncDriver, database: str) -> list[str]:
    """Applies the missing migrations and returns the names of those that this call applied."""
    async with driver.session(database=database) as session:
        record = await (await session.run(APPLIED)).single(strict=True)
        missing = [migration for migration in load_migrations() if migration.number not in record["numbers"]]
        if missing:
            await (await session.run(Query(KEY, timeout=NO_LIMIT))).consume()
        applied = [migration.name for migration in missing if await apply(driver, database, migration)]
        # Also when nothing is missing: the replica that applied it may have stopped before the indexes were online.
        await (await session.run(Query(INDEXES_UP, timeout=NO_LIMIT))).consume()
        return applied


async def apply(driver: AsyncDriver, database: str, migration: Migration) -> bool:
    """Returns False if another replica applied it while this one waited for the lock."""

    @unit_of_work(timeout=NO_LIMIT)
    async def work(lock: AsyncManagedTransaction) -> bool:
        record = await (await lock.run(LOCK, number=migration.number)).single(strict=True)
        if record["at"] is not None:
            return False
        # Schema statements can't share a transaction with data, so they run beside the one that holds the lock.
        async with driver.session(database=database) as session:
            for statement in migration.statements:
                await (await session.run(Query(statement, timeout=NO_LIMIT))).consume()
        if migration.number in IN_PYTHON:
            await IN_PYTHON[migration.number](driver, database)
        await lock.run(DONE, number=migration.number, name=migration.name)
        return True

    async with driver.session(database=database) as session:
        return await session.execute_write(work)
