"""Decides which findings a write is part of; only those refuse it.

A write is not refused for a fault that it did not cause: when it repairs one of two faults, or changes a product that
is near a fault of others.
"""

from datetime import timedelta

from resolvers.governance.engine.binding import Bound, needs_of
from resolvers.governance.engine.evaluate import evaluate
from resolvers.governance.engine.facts_builder import Loaded
from resolvers.governance.engine.facts_cypher import Scope, load
from resolvers.governance.facts import Facts
from resolvers.governance.rules.rule import PATTERN
from resolvers.graph.store import Transaction
from resolvers.model import clock
from resolvers.writes.judgement import Aspect, Touched, Violation

Found = list[tuple[Bound, list[Violation]]]


def made_by(violation: Violation, touched: Touched) -> bool:
    """Findings that the write is part of. A finding between products counts if a touched product is on its path or, if
    only edges changed, if both ends of a changed edge are. A finding without a path is left to `without_older`.
    """
    path = frozenset(violation.path)
    if len(path) == 1:
        return True
    if touched.aspects == {Aspect.EDGES}:
        return len(path & {*touched.products, *touched.other_ends}) > 1
    return bool(path & frozenset(touched.products))


async def without_older(tx: Transaction, found: Found, loaded: Loaded, touched: Touched, now: str) -> Found:
    """Removes findings that untouched products already had before the write.

    Only a rule whose findings have no path (an expression) needs this. The state before the write is read from the
    revisions, and only if there is such a finding. Graph patterns have no past.
    """
    requested = [
        (bound, frozenset(one.product_id for one in violations if _is_doubtful(one, touched)))
        for bound, violations in found
        if bound.rule is not PATTERN
    ]
    doubtful = {id for _, ids in requested for id in ids if _is_settled(loaded.facts[id], now)}
    if not doubtful:
        return found
    rules = [bound for bound, ids in requested if ids & doubtful]
    needs = needs_of(rules)
    moment_before = clock.to_text(clock.from_text(now) - timedelta(microseconds=1))
    before = await load(tx.run, Scope(ids=tuple(sorted(doubtful))), needs, moment_before, past=True)
    older = {(bound.policy.id, one.product_id, one.message) for bound in rules for one in evaluate(bound, before)}
    return [
        (bound, [one for one in violations if (one.policy.id, one.product_id, one.message) not in older])
        for bound, violations in found
    ]


def _is_doubtful(violation: Violation, touched: Touched) -> bool:
    return len(violation.path) == 1 and violation.product_id not in touched.products


def _is_settled(facts: Facts, now: str) -> bool:
    """Whether this replica's clock is later than everything the finding depends on. If another replica's clock runs
    ahead, the state before the write cannot be read, and the finding counts.
    """
    around = (facts.product, *(one.product for one in (*facts.providers, *facts.consumers)))
    return all(product.record.updated_at <= now for product in around)
