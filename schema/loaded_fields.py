"""Fields that are one load of a loader: the record's own key in, another record out."""

from typing import Any

import strawberry
from strawberry import Parent

from schema.context import Info


def loaded(loader: str, by: str, description: str) -> Any:
    """A field that `Loaders.<loader>` loads by the record's attribute `by`; null without a key.

    The same is noted as metadata, so that a compiled operation loads each key once for all records that share it. What
    was read along with something else is taken from there.
    """

    async def resolve(record: Parent[Any], info: Info):
        key, loaders = getattr(record, by), info.context.loaders
        if key is None:
            return None
        known = loaders.known[loader].get(key)
        return known if known is not None else await getattr(loaders, loader).load(key)

    return strawberry.field(resolver=resolve, description=description, metadata={"load": (loader, by)})
