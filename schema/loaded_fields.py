"""Fields that load one record by a key that the source holds."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry import Parent

from resolvers.graph.keyed_loader import KeyedLoader
from resolvers.loading.loaders import Loaders
from schema.context import Info


def loaded(loader: Callable[[Loaders], KeyedLoader[Any]], by: str, description: str) -> Any:
    """A field that `loader` loads by the record's attribute `by`; null without a key.

    The metadata lets a compiled operation load each key once for all records that share it.
    """

    async def resolve(record: Parent[Any], info: Info):
        key = getattr(record, by)
        if key is None:
            return None
        records = loader(info.context.loaders)
        known = records.known.get(key)
        return known if known is not None else await records.load(key)

    return strawberry.field(resolver=resolve, description=description, metadata={"load": (loader, by)})
