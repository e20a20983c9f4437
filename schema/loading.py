"""Fields that are one load of a loader: the record's own key in, another record out."""

from typing import Any

import strawberry
from strawberry import Parent

from schema.context import Info


def loaded(loader: str, by: str, description: str) -> Any:
    """A field that `resolvers.loaders.Loaders.<loader>` loads by the record's attribute `by`; null without a key.

    The same is noted as metadata, so that a compiled operation loads each key once for all records that share it.
    """

    async def resolve(record: Parent[Any], info: Info):
        key = getattr(record, by)
        return None if key is None else await getattr(info.context.loaders, loader).load(key)

    return strawberry.field(resolver=resolve, description=description, metadata={"load": (loader, by)})
