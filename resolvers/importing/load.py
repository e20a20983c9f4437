"""An import, batch by batch. Each batch is one write: all of it or nothing.

It may be cut short and run again: what is in the mesh already stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple

from resolvers.caller import Action, Caller
from resolvers.errors import UserErrorCode, UserFault, UserFaults
from resolvers.importing import dependencies, products
from resolvers.importing.documents import Document, Edge, ImportRefused, domain_of, edge_of, product_of
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DependencyInput
from resolvers.store import Store
from resolvers.writing import Outcome, Write, write

PRODUCTS_AT_ONCE = 250
EDGES_AT_ONCE = 1000
KINDS = ("Domain", "DataProduct", "Dependency")
Report = Callable[["Imported"], None]


class Imported(NamedTuple):
    """What an import added, and of how many documents it had nothing to add."""

    domains: int = 0
    products: int = 0
    dependencies: int = 0
    known: int = 0


def silent(done: Imported) -> None:
    pass


async def import_mesh(
    store: Store, caller: Caller, documents: Iterable[Document], on_batch: Report = silent
) -> Imported:
    """Domains come before their products, products before their dependencies; kinds should come together, since a batch
    is of one kind. Raises `ImportRefused`, and `StoreError`."""
    done = Imported()
    for kind, batch in batches(documents):
        step = {"Domain": add_domain, "DataProduct": add_products, "Dependency": add_dependencies}[kind]
        done = Imported(*map(sum, zip(done, await step(store, caller, batch), strict=True)))
        on_batch(done)
    return done


def batches(documents: Iterable[Document]) -> Iterator[tuple[str, list[Document]]]:
    sizes = {"Domain": 1, "DataProduct": PRODUCTS_AT_ONCE, "Dependency": EDGES_AT_ONCE}
    for kind, together in groupby(documents, key=lambda document: document.get("kind")):
        if kind not in sizes:
            raise ImportRefused([f"Each document has a kind, one of {', '.join(KINDS)}; got {kind!r}."])
        while batch := list(islice(together, sizes[kind])):
            yield kind, batch


async def add_domain(store: Store, caller: Caller, batch: list[Document]) -> Imported:
    (given,) = read(domain_of, batch)
    outcome = await register_domain(store, caller, given)
    if [fault.code for fault in outcome.user_errors] == [UserErrorCode.ALREADY_EXISTS]:
        return Imported(known=1)
    accepted(outcome)
    return Imported(domains=1)


async def add_products(store: Store, caller: Caller, batch: list[Document]) -> Imported:
    drafts = {draft.product.urn: draft for draft in read(product_of, batch)}
    new = await run(store, caller, products.plan(list(drafts.values())))
    return Imported(products=len(new), known=len(batch) - len(new))


async def add_dependencies(store: Store, caller: Caller, batch: list[Document]) -> Imported:
    edges = list({(edge.consumer, edge.spec.provider): edge for edge in read(edge_of, batch)}.values())
    try:
        ids = await dependencies.ids_of(store, edges)
    except UserFaults as faults:
        raise ImportRefused([fault.message for fault in faults.faults]) from None
    plain = [edge for edge in edges if edge.spec.fields is None and edge.spec.contract_version is None]
    pairs = [dependencies.Pair(ids[edge.consumer], ids[edge.spec.provider], edge.spec.kind) for edge in plain]
    added = await run(store, caller, dependencies.plan(pairs)) if pairs else 0
    for edge in edges:
        if edge not in plain:
            await declare(store, caller, edge, ids)
            added += 1
    return Imported(dependencies=added, known=len(batch) - added)


async def declare(store: Store, caller: Caller, edge: Edge, ids: dict[str, str]) -> None:
    """One that names fields or pins a version, which has to be looked up: as the mutation does it."""
    given = DependencyInput(None, edge.spec.fields, edge.spec.contract_version, edge.spec.kind)
    accepted(await declare_dependency(store, caller, ids[edge.consumer], ids[edge.spec.provider], given))


def read(parse: Callable[[Document], Any], batch: list[Document]) -> list[Any]:
    found, reasons = [], []
    for document in batch:
        try:
            found.append(parse(document))
        except (UserFault, UserFaults) as error:
            reasons.append(f"{name_of(document)}: {error}")
    if reasons:
        raise ImportRefused(reasons)
    return found


def name_of(document: Document) -> str:
    names = (document.get(key) for key in ("domain", "name", "consumer", "provider"))
    return " ".join([str(document["kind"]), *(str(name) for name in names if name)])


async def run(store: Store, caller: Caller, planned: Write) -> Any:
    return accepted(await write(store, caller, planned.action or Action.WRITE_PRODUCT, lambda: planned))


def accepted(outcome: Outcome) -> Any:
    refusals = [fault.message for fault in outcome.user_errors]
    refusals += [f"{found.policy.name}, {found.product_id}: {found.message}" for found in outcome.violations]
    if refusals:
        raise ImportRefused(refusals)
    return outcome.thing
