"""What one request carries: the graph, the caller, and loaders that live as long as the request does."""

from functools import cached_property
from typing import NamedTuple

import strawberry

from resolvers import clock
from resolvers.caller import ANONYMOUS, Caller
from resolvers.events import Tail
from resolvers.loaders import Loaders
from resolvers.store import Store


class Process(NamedTuple):
    """What all requests of a process share. `tail` None: each stream watches the log for itself.
    `private_webhooks`: whether webhooks may go to addresses that are not on the public internet."""

    tail: Tail | None = None
    private_webhooks: bool = False


ALONE = Process()


class Context:
    """`info.context` of every field. Make a fresh one per request: loaders remember what they read."""

    def __init__(self, store: Store, caller: Caller = ANONYMOUS, process: Process = ALONE) -> None:
        self.store = store
        self.caller = caller
        self.process = process
        self.names: dict[tuple[int, ...], frozenset[str]] = {}  # what `schema.selection` found, by field nodes

    @cached_property
    def tail(self) -> Tail:
        return self.process.tail or Tail(self.store)

    @cached_property
    def loaders(self) -> Loaders:
        return Loaders(self.store)

    def forget(self) -> None:
        """What loaders read before a write may not hold after it."""
        self.__dict__.pop("loaders", None)

    @cached_property
    def now(self) -> str:
        """One instant for the whole request, as `resolvers.clock` writes it."""
        return clock.now()


Info = strawberry.Info[Context, None]
