"""The lineages of one request: equal ones are read once, those of the products of a list together."""

from aiodataloader import DataLoader

from resolvers.graph.request_scope import RequestScope
from resolvers.lineage.records import LineageGraph
from resolvers.lineage.request import Question
from resolvers.lineage.service import trace, trace_each
from resolvers.model.errors import UserFault
from resolvers.model.shared_read import SharedRead

# One record holds them all, so a long list takes several.
TOGETHER = 100


def one_lineage(scope: RequestScope, question: Question, now: str) -> SharedRead[LineageGraph]:
    """Read once, however often an operation asks for it. Give it to `RequestScope.once`."""
    return SharedRead(lambda: trace(scope.store, question, now))


def lineage_loader(loaders: RequestScope, question: Question, now: str) -> DataLoader[str, LineageGraph | UserFault]:
    """By product id: the lineage of that product alone for `question`. A fault is raised to the caller that awaits
    it."""

    async def read(product_ids: list[str]) -> list[LineageGraph | UserFault]:
        roots = [(product_id,) for product_id in product_ids]
        return await trace_each(loaders.store, question, roots, now)

    return DataLoader(read, max_batch_size=TOGETHER)
