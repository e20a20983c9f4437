"""Where the audit log ends for who reads on in it while others append.

Of a commit, what it did to nodes is seen before what it did to indexes. So the tail may already name an event that no
search finds yet, and who takes its word for "all up to there was read" has missed that event for good.
"""

from typing import LiteralString

from resolvers.graph.projections import AUDIT_EVENT
from resolvers.graph.store import Store, Transaction

# `tail`: the last number that the index has. It gets them in their order, since whoever appends holds the tail's lock
# until its commit is done: all up to there is found by number. What else an event's write did may not be found yet.
END: LiteralString = """
CALL () { MATCH (e:AuditEvent) WHERE e.seq > 0 RETURN coalesce(max(e.seq), 0) AS tail }
"""


def following(condition: LiteralString) -> LiteralString:
    """Returns `[until, events]`: the first `$limit` events `e` behind `$after` that meet `condition`, out of the next
    `$window` numbers, which end at `until`."""
    return f"""
{END}
WITH CASE WHEN tail > $after + $window THEN $after + $window ELSE tail END AS until
CALL (until) {{
  MATCH (e:AuditEvent) WHERE e.seq > $after AND e.seq <= until AND {condition}
  WITH e ORDER BY e.seq LIMIT $limit RETURN collect({AUDIT_EVENT}) AS found
}}
RETURN [until, found]
"""


SETTLED: LiteralString = "MATCH (t:AuditLog {key: 'tail'}) SET t._lock = true REMOVE t._lock RETURN t.seq"


async def settled(store: Store) -> int:
    """The last number of which the commit is done: whatever that write or one before it did is found from now on, by
    readers of the latest. Who appends at the moment is waited for."""

    async def work(tx: Transaction) -> int:
        return await tx.run(SETTLED)

    return await store.write(work)
