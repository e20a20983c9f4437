"""Safe high-water mark for tailing the audit log under concurrent appends.

Neo4j shows a commit's changes of nodes before its changes of indexes. The tail node may therefore name an event
that no index lookup finds yet. A reader that trusted it would skip that event.
"""

from typing import LiteralString

from resolvers.graph.projections import AUDIT_EVENT
from resolvers.graph.store import Store, Transaction

# `tail`: the last number that the index has. It gets them in their order, since every writer holds the tail's lock
# until its commit is done: all up to there is found by number. What else an event's write did may not be found yet.
END: LiteralString = """
CALL () { MATCH (e:AuditEvent) WHERE e.seq > 0 RETURN coalesce(max(e.seq), 0) AS tail }
"""


def following(condition: LiteralString) -> LiteralString:
    """Cypher that returns `[until, events]`: the first `$limit` events `e` after `$after` that meet `condition`,
    within the next `$window` numbers, which end at `until`.
    """
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
    """Number of the last event whose commit is complete. Everything that its write and earlier writes changed is
    visible to `read_latest` afterwards. Waits for a write that is appending.
    """

    async def work(tx: Transaction) -> int:
        return await tx.run(SETTLED)

    return await store.write(work)
