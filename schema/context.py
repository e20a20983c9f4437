"""Context of one request: the store, the caller and the loaders."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import strawberry

from resolvers.audit.stream import Tail
from resolvers.graph.coalescing import ReadCoalescer
from resolvers.graph.store import Store
from resolvers.infrastructure.provisioner import NoProvisioner, Provisioner
from resolvers.infrastructure.usage import Prices
from resolvers.loading.loaders import Loaders
from resolvers.model import clock
from resolvers.model.access import ANONYMOUS, Caller
from resolvers.model.clearance import CLEARANCES
from resolvers.model.records import Classification, Dependency, Product
from resolvers.quality.reader import NoReader, Reader
from schema.source_fields import fields_read


class Process(NamedTuple):
    """What all requests of a process share. `tail` None: each stream watches the log for itself.
    `private_webhooks`: whether webhooks may go to addresses off the public internet. `coalescer` None: reads
    of several requests are not coalesced. `clearances`: by role, the highest classification that previews show."""

    tail: Tail | None = None
    private_webhooks: bool = False
    coalescer: ReadCoalescer | None = None
    reader: Reader = NoReader()
    clearances: Mapping[str, Classification] = CLEARANCES
    provisioner: Provisioner = NoProvisioner()
    prices: Prices | None = None


ALONE = Process()


class Context:
    """`info.context` of every field. Make a fresh one per request: loaders remember what they read."""

    def __init__(self, store: Store, caller: Caller = ANONYMOUS, process: Process = ALONE) -> None:
        self.store = store
        self.caller = caller
        self.process = process
        self.notes: dict[Any, Any] = {}  # what `schema.selection` found in the operation, by its nodes
        self.requested: frozenset[str] | None = None

    def reading(self, names: frozenset[str], notes: dict[Any, Any]) -> None:
        """Called before an operation runs: the names of all its fields, so that nothing else is read, and the notes of
        earlier runs of the same text. Not called, anything may be asked for."""
        self.requested = names
        self.notes = notes

    @property
    def product_fields(self) -> tuple[str, ...]:
        return fields_read(Product, self.requested)

    @cached_property
    def tail(self) -> Tail:
        return self.process.tail or Tail(self.store)

    @cached_property
    def loaders(self) -> Loaders:
        fields = (self.product_fields, fields_read(Dependency, self.requested))
        return Loaders(self.store, *fields, coalescer=self.process.coalescer)

    def forget(self) -> None:
        """What loaders read before a write may not hold after it."""
        self.__dict__.pop("loaders", None)

    @cached_property
    def now(self) -> str:
        """One instant for the whole request, as `resolvers.model.clock` writes it."""
        return clock.now()


Info = strawberry.Info[Context, None]
