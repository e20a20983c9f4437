"""Two writes that are fine alone and wrong together, at the same moment, again and again: never do both commit.

Each race resets its corner of the graph by plain Cypher between the rounds. A rule that a single write decides by
itself (a classification or a retention is stated or not) has no such pair.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from resolvers.governance.report import product_scope, report_on
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_contract_publish import publish_contract
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.writes.pipeline import Outcome
from tests.policies import a_policy
from tests.writes import a_domain, a_product, contract

ROUNDS = int(os.environ.get("MESHWEAVE_RACE_ROUNDS", "200"))

Write = Callable[[Any], Awaitable[Outcome]]


class Race(NamedTuple):
    """`reset` is Cypher over $ids, the ids of products a, b, c, d; `left` and `right` name theirs by those letters.
    `written` is the rule of a policy that is not built in."""

    rule: str
    reset: str
    left: Callable[..., Awaitable[Outcome]]
    right: Callable[..., Awaitable[Outcome]]
    written: dict[str, str] | None = None


def declare(consumer: str, provider: str) -> Callable[..., Awaitable[Outcome]]:
    return lambda store, ids: declare_dependency(store, ADMINISTRATOR, ids[consumer], ids[provider])


def move(product: str, to: str) -> Callable[..., Awaitable[Outcome]]:
    return lambda store, ids: transition_product(store, ADMINISTRATOR, ids[product], ProductStatus[to])


def publish(product: str, **given: Any) -> Callable[..., Awaitable[Outcome]]:
    return lambda store, ids: publish_contract(store, ADMINISTRATOR, ids[product], contract(**given))


def update(product: str, **given: Any) -> Callable[..., Awaitable[Outcome]]:
    return lambda store, ids: update_product(store, ADMINISTRATOR, ids[product], given)


NO_EDGES = "MATCH (p:DataProduct) WHERE p.id IN $ids OPTIONAL MATCH (p)-[r:DEPENDS_ON|DEPENDED_ON]->() DELETE r"
EDGE = """
MATCH (a:DataProduct {id: $ids[0]}), (b:DataProduct {id: $ids[1]}) MERGE (a)-[r:DEPENDS_ON]->(b)
SET r.kind = 'feeds', r.origin = 'DECLARED', r.since = '2026-01-01T00:00:00.000000Z'
"""
# The revision in force says again what the first one said.
REVISIONS = """
WITH [a, b] AS both UNWIND both AS p MATCH (p)-[:HAS_REVISION]->(first {revision: 1}) MATCH (p)-[:HAS_REVISION]->(last)
WHERE last.validTo IS NULL SET last.documentJson = first.documentJson
"""
NO_CONTRACT = """
MATCH (b:DataProduct {id: $ids[1]}) SET b.contractId = null, b.classification = null, b.fieldNames = null
WITH b OPTIONAL MATCH (b)-[:HAS_CONTRACT]->(c) OPTIONAL MATCH (c)-[:HAS_FIELD]->(f) DETACH DELETE c, f
"""


def stands(product: str, status: str) -> str:
    """Cypher that sets a product's status, and in its card too."""
    return (
        f"""SET {product}.card = replace({product}.card, '"' + {product}.status + '"', '"{status}"') """
        f"SET {product}.status = '{status}'"
    )


POINTS = '[{"kind":"API","uri":"https://api.example.com"}]'

RACES = [
    Race(
        "stable_dependencies",
        f"MATCH (p:DataProduct) WHERE p.id IN $ids {stands('p', 'PRODUCTION')} WITH p "
        "OPTIONAL MATCH (p)-[r:DEPENDS_ON|DEPENDED_ON]->() DELETE r",
        declare("a", "b"),
        move("b", "DEPRECATED"),
    ),
    Race(
        "successor_for_deprecated",
        f"{EDGE} {stands('a', 'DEVELOPMENT')} {stands('b', 'PRODUCTION')}",
        move("a", "TESTING"),
        move("b", "DEPRECATED"),
    ),
    Race(
        "acyclic_dependencies",
        NO_EDGES + " WITH count(*) AS _ UNWIND [[0, 1], [2, 3]] AS pair MATCH (x:DataProduct {id: $ids[pair[0]]}), "
        "(y:DataProduct {id: $ids[pair[1]]}) CREATE (x)-[:DEPENDS_ON {kind: 'feeds', origin: 'DECLARED', "
        "since: '2026-01-01T00:00:00.000000Z'}]->(y)",
        declare("b", "c"),
        declare("d", "a"),
    ),
    Race(
        "classification_flow",
        NO_EDGES + " WITH count(*) AS _ " + NO_CONTRACT,
        declare("a", "b"),
        publish("b", classification="RESTRICTED"),
    ),
    Race(
        "retention_flow",
        NO_EDGES + " WITH count(*) AS _ " + NO_CONTRACT,
        declare("a", "b"),
        publish("b", retention={"days": 30}),
    ),
    Race(
        "production_ready",
        f"MATCH (a:DataProduct {{id: $ids[0]}}) SET a.status = 'TESTING', a.accessPointsJson = '{POINTS}'",
        move("a", "PRODUCTION"),
        update("a", accessPoints=[]),
    ),
    Race(
        "an expression",
        EDGE + " SET a.status = 'PRODUCTION', b.status = 'PRODUCTION', a.tags = [] " + REVISIONS,
        update("a", tags=["strict"]),
        move("b", "DEPRECATED"),
        {"expression": "!('strict' in product.tags) || providers.all(p, p.status != 'DEPRECATED')"},
    ),
    Race(
        "a graph pattern",
        "MATCH (p:DataProduct) WHERE p.id IN $ids SET p.tags = []",
        update("a", tags=["golden"]),
        update("d", tags=["golden"]),
        {
            "graph_pattern": "MATCH (p:DataProduct), (q:DataProduct) WHERE p <> q AND 'golden' IN p.tags "
            "AND 'golden' IN q.tags RETURN p.id AS productId, [q.id] AS path"
        },
    ),
]


class Attempts:
    """Counts how often the database made a write begin again."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.writes = self.begun = 0

    async def write(self, work: Any) -> Any:
        self.writes += 1

        async def counted(tx: Any) -> Any:
            self.begun += 1
            return await work(tx)

        return await self._store.write(counted)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.rule)
async def test_never_do_both_commit(store, cypher, race):
    await a_domain(store)
    ids = {name: (await a_product(store, name, description="X.", contract=contract())).id for name in "abcd"}
    await a_policy(store, race.rule, **({"rule": race.written} if race.written else {}))
    counting = Attempts(store)
    winners = {"left": 0, "right": 0}
    for _ in range(ROUNDS):
        await cypher(race.reset, ids=list(ids.values()))
        left, right = await asyncio.gather(race.left(counting, ids), race.right(counting, ids))
        committed = [name for name, outcome in (("left", left), ("right", right)) if outcome.thing is not None]
        assert len(committed) == 1, (committed, left, right)
        winners[committed[0]] += 1
        lost = right if committed == ["left"] else left
        assert lost.violations or [fault.code for fault in lost.user_errors] == ["BREAKING_CHANGE"]
    assert (await report_on(store, product_scope(list(ids.values())))).violations == ()
    assert sum(winners.values()) == ROUNDS
    assert counting.begun - counting.writes <= counting.writes / 100
