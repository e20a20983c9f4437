"""Loads the sample mesh by the functions that the mutations use, so that it is governed and audited like any write."""

from typing import NamedTuple

from graph_api.neo4j.progress import Progress, silent, waiting
from graph_api.sample.files import SampleMesh, read_sample
from graph_api.sample.ownership import Claim, begin, end
from graph_api.sample.steps import Loader, held
from resolvers.graph.store import Store
from resolvers.model.access import ADMINISTRATOR, Caller

SAMPLE_LOADER = ADMINISTRATOR._replace(name="sample")


class SampleSummary(NamedTuple):
    """What the sample has, and how many writes this load took; 0: it was all there."""

    domains: int
    products: int
    dependencies: int
    policies: int
    writes: int

    def __str__(self) -> str:
        verb = "loaded" if self.writes else "there already"
        return (
            f"{verb}: {self.domains} domains, {self.products} data products, {self.dependencies} dependencies, "
            f"{self.policies} policies"
        )


async def load_sample(store: Store, caller: Caller = SAMPLE_LOADER, on_progress: Progress = silent) -> SampleSummary:
    """Loads what is missing of the sample into an empty database or one whose load was cut short; a complete one is
    left as it is, with whatever its user made of it.

    Raises:
        StartError: the database holds data of its own, or refuses the sample.
        StoreError: it does not answer.
    """
    sample = read_sample()
    if await begin(store) is Claim.DONE:
        return summary(sample, 0)
    writes = await _load_missing(sample, store, caller, on_progress)
    await end(store)
    on_progress("The sample mesh is loaded", 1.0)
    return summary(sample, writes)


def summary(sample: SampleMesh, writes: int) -> SampleSummary:
    edges = sum(len(product.providers) for product in sample.products) + len(sample.edges)
    return SampleSummary(len(sample.domains), len(sample.products), edges, len(sample.policies), writes)


async def _load_missing(sample: SampleMesh, store: Store, caller: Caller, on_progress: Progress) -> int:
    steps = list(Loader(sample, await held(store), store, caller).steps())
    for at, (what, step) in enumerate(steps):
        message = f"Loading the sample mesh: {what}"
        on_progress(message, at / len(steps))
        async with waiting(on_progress, message, at / len(steps)):
            await step()
    return len(steps)
