"""Lookup of any record by its global id: the id's prefix names the kind, the kind's loader finds the record."""

from collections.abc import Callable
from typing import Any

from resolvers.graph.keyed_loader import KeyedLoader
from resolvers.graph.product_references import is_urn, plain_urn
from resolvers.loading.loaders import Loaders
from resolvers.model.ids import Prefix, plain_id, prefix_of

# The loader of each kind that `node` finds.
KINDS: dict[Prefix, Callable[[Loaders], KeyedLoader[Any]]] = {
    Prefix.DOMAIN: lambda loaders: loaders.domain,
    Prefix.PRODUCT: lambda loaders: loaders.product,
    Prefix.CONTRACT: lambda loaders: loaders.contract,
    Prefix.POLICY: lambda loaders: loaders.policy,
    Prefix.AUDIT_EVENT: lambda loaders: loaders.audit_event,
    Prefix.CHANGE_REQUEST: lambda loaders: loaders.change_request,
}


async def find_node(loaders: Loaders, id: str) -> Any | None:
    """The record; None when there is none, whatever the id looks like. A snapshot's id finds the record as it is,
    and a product's urn is taken as well."""
    if is_urn(id):
        return await loaders.product_by_urn.one(plain_urn(id))
    prefix = prefix_of(id)
    loader = KINDS.get(prefix) if prefix else None
    return await loader(loaders).one(plain_id(id)) if loader else None
