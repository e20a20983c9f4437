"""Reads of waivers by id."""

from collections.abc import Sequence
from typing import LiteralString

from resolvers.graph.projections import WAIVER
from resolvers.graph.store import Store
from resolvers.writes.judgement import Waiver

BY_IDS: LiteralString = "MATCH (w:Waiver) WHERE w.id IN $ids RETURN collect(" + WAIVER + ")"


async def by_ids(store: Store, ids: Sequence[str]) -> list[Waiver | None]:
    """Aligned with `ids`; None where there is no such waiver."""
    waivers = {waiver.id: waiver for waiver in map(Waiver._make, await store.read(BY_IDS, ids=list(ids)))}
    return [waivers.get(id) for id in ids]
