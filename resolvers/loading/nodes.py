"""Anything by its id: the prefix tells the kind, the kind's loader finds it."""

from typing import Any

from resolvers.loading.loaders import Loaders
from resolvers.model.ids import Prefix, prefix_of

# Kinds that `node` finds, with the loader of each.
KINDS = {
    Prefix.DOMAIN: "domain",
    Prefix.PRODUCT: "product",
    Prefix.CONTRACT: "contract",
    Prefix.POLICY: "policy",
    Prefix.AUDIT_EVENT: "audit_event",
    Prefix.CHANGE_REQUEST: "change_request",
}


async def find_node(loaders: Loaders, id: str) -> Any | None:
    """The record; None when there is none, whatever the id looks like."""
    prefix = prefix_of(id)
    loader = KINDS.get(prefix) if prefix else None
    return await loaders.one(loader, id) if loader else None
