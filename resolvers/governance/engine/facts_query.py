"""Reads everything that judges a write in one statement after its locks: policies in force, neighbours and facts.

What to read depends on the policies in force, which the result contains. The query is made for the expected
policies, and repeated if others are in force that need something else. No verdict rests on data read before the
locks. The statement first writes the pending revisions of the write, so that they are judged too.
"""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString, NamedTuple

from resolvers.governance.engine.active_policies import IN_FORCE, bound, expected
from resolvers.governance.engine.binding import Bound, needs_of
from resolvers.governance.engine.facts_builder import Loaded, assemble, with_cycles
from resolvers.governance.engine.facts_cypher import (
    CYCLE_THROUGH,
    FACTS_NOW,
    RETURNED,
    facts_parameters,
    with_successors,
)
from resolvers.governance.engine.impact_scope import Reached, applicable, around, judged_by
from resolvers.governance.engine.operations import with_operations
from resolvers.governance.facts import Need
from resolvers.governance.rules.rule import SELF
from resolvers.graph.store import Transaction
from resolvers.model.portions import at_once
from resolvers.model.records import Product
from resolvers.writes.judgement import Touched
from resolvers.writes.neighbourhood import MESH, NEIGHBOURS
from resolvers.writes.revisions import SAVE, to_save

JUDGED: LiteralString = f"""
CALL () {{ {SAVE} }}
CALL () {{ {IN_FORCE} }}
{MESH}
{NEIGHBOURS}
WITH policies, mesh, [consumers, providers, downstream] AS reached,
  $arguments.ids + consumers + providers + downstream AS ids
CALL (ids) {{
  MATCH (p:DataProduct) WHERE p.id IN ids AND coalesce(p.status, '') <> 'RETIRED' RETURN collect(p) AS judged
}}
CALL () {{ {CYCLE_THROUGH} }}
{FACTS_NOW}
RETURN [policies, mesh, reached, cycles, {RETURNED}]
"""


class Answer(NamedTuple):
    """`policies` are those in force that concern the write; `mesh` is the id of the node to lock for the whole mesh,
    if any.
    """

    policies: list[Bound]
    mesh: frozenset[str]
    reached: Reached
    loaded: Loaded


async def read_facts(tx: Transaction, touched: Touched, now: str, unsaved: Sequence[Product] = ()) -> Answer:
    """The facts of all products that a policy must judge because of the write, graph patterns aside, once the next
    revisions `unsaved` are written."""
    question = _question(applicable(expected(), touched), touched, now)
    saved = to_save(unsaved)
    while True:
        rows, mesh, reached, cycles, facts = await tx.run(JUDGED, **question, saved=saved)
        saved = to_save(())
        policies = applicable(bound(rows), touched)
        fitting = _question(policies, touched, now)
        if fitting == question:
            break
        question = fitting
    loaded = with_cycles(at_once(assemble(*facts)), dict(cycles))
    if any(Need.SUCCESSOR in one.needs for one in policies):
        loaded = await with_successors(tx.run, loaded)
    if any(Need.OPERATIONS in one.needs for one in policies):
        loaded = await with_operations(tx.run, loaded, now)
    return Answer(policies, frozenset(mesh), Reached(*(frozenset(ids) for ids in reached)), loaded)


def _question(policies: list[Bound], touched: Touched, now: str) -> dict[str, Any]:
    needs = needs_of(policies)
    ends = sorted({*touched.products, *touched.other_ends})
    parameters = {
        "at": now,
        "ids": sorted({id for one in policies for id in judged_by(one.rule, touched, Reached())}),
        "cycles": list(touched.products) if Need.CYCLE in needs else [],
        "by": ends,
        "only": ends if _one_by_one(policies) else None,
    }
    return {"arguments": {**parameters, **facts_parameters(needs)}, "around": around(policies, touched)._asdict()}


def _one_by_one(policies: Iterable[Bound]) -> bool:
    """Whether all rules that judge neighbours by their providers look at one provider at a time."""
    return all(
        one.rule.single or Need.PROVIDERS not in one.needs or all(who == SELF for who in one.rule.reach.values())
        for one in policies
    )
