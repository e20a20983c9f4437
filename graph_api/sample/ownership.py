"""Whether a database is empty, holds the sample, or holds other data. The mark is kept on the tail of the audit log."""

from enum import StrEnum
from typing import LiteralString

from graph_api.neo4j.errors import StartError
from resolvers.audit.high_watermark import SETTLED
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock


class Claim(StrEnum):
    """`BEGUN`: to be filled, now or because an earlier load did not get to its end. `DONE`: it was once complete; what
    was changed or added since is its user's."""

    BEGUN = "BEGUN"
    DONE = "DONE"


STATE: LiteralString = """
MATCH (t:AuditLog {key: 'tail'})
RETURN [t.sampleBegunAt, t.sampleDoneAt, COUNT { (:Domain) }, COUNT { (:DataProduct) }, COUNT { (:Policy) }]
"""
BEGIN: LiteralString = "MATCH (t:AuditLog {key: 'tail'}) SET t.sampleBegunAt = $now RETURN true"
END: LiteralString = "MATCH (t:AuditLog {key: 'tail'}) SET t.sampleDoneAt = $now RETURN true"


async def begin(store: Store) -> Claim:
    """Marks an empty database as the sample's. The mark and the look share the lock that every write of the catalog
    takes, so nobody's first product comes in between.

    Raises:
        StartError: the database holds data of its own.
    """

    async def work(tx: Transaction) -> Claim:
        await tx.run(SETTLED)
        begun, done, *held = await tx.run(STATE)
        if begun is None:
            if any(held):
                raise _foreign(*held)
            await tx.run(BEGIN, now=clock.now())
        return Claim.DONE if done else Claim.BEGUN

    return await store.write(work)


async def end(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run(END, now=clock.now())

    await store.write(work)


def _foreign(domains: int, products: int, policies: int) -> StartError:
    return StartError(
        f"The database contains other data ({domains} domains, {products} data products, {policies} policies): "
        "the sample needs an empty database.",
        "Start without the sample, or point MESHWEAVE_DATA_DIR (or MESHWEAVE_NEO4J_URI) at an empty database.",
    )
