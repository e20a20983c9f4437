"""Finds the documents that caused the refusal of a chunk, so that the others can be written without them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from resolvers.interchange.chunk import Chunk, Wish
from resolvers.interchange.documents import EdgeItem, ProductItem, reason
from resolvers.model.errors import UserFault
from resolvers.writes.judgement import Violation
from resolvers.writes.pipeline import Outcome


class Blame(NamedTuple):
    """`reasons` for people; by urn the products, and by (consumer, provider) the dependencies to leave out."""

    reasons: list[str]
    products: dict[str, str]
    edges: dict[tuple[str, str], str]


def blame(chunk: Chunk, outcome: Outcome) -> Blame:
    """Empty when the chunk was accepted."""
    blamed = Blame([], {}, {})
    products = {item.draft.product.id: item for item in chunk.new} | dict(chunk.known)
    for fault in outcome.user_errors:
        _take_fault(blamed, fault)
    for violation in outcome.violations:
        _take_violation(blamed, violation, chunk, products)
    return blamed


def _take_fault(blamed: Blame, fault: UserFault) -> None:
    item = fault.extra.get("item")
    if item is None:  # of the whole chunk, such as a right that the caller lacks
        blamed.reasons.append(fault.message)
        return
    name = item.urn if isinstance(item, ProductItem) else f"{item.consumer} on {item.provider}"
    _add(blamed, item, reason(item.at, fault, name))


def _take_violation(blamed: Blame, violation: Violation, chunk: Chunk, products: Mapping[str, ProductItem]) -> None:
    offenders: Sequence[ProductItem | EdgeItem] = [products[id] for id in _judged_first(violation) if id in products]
    offenders = offenders[:1] or [wish.item for wish in _wishes_of(violation, chunk.wishes)]
    name = violation.product.urn if violation.product else violation.product_id
    text = f"{name}: {violation.policy.name}: {violation.message}"
    if not offenders:
        blamed.reasons.append(text)
    for item in offenders:
        _add(blamed, item, f"{item.at} {text}")


def _judged_first(violation: Violation) -> Iterable[str]:
    return dict.fromkeys((violation.product_id, *violation.path))


def _wishes_of(violation: Violation, wishes: Iterable[Wish]) -> list[Wish]:
    """The edges between offenders, else those at the offender's end."""
    path = {violation.product_id, *violation.path}
    wishes = list(wishes)
    between = [wish for wish in wishes if {wish.consumer, wish.edge.provider} <= path]
    return between or [wish for wish in wishes if violation.product_id in (wish.consumer, wish.edge.provider)]


def _add(blamed: Blame, item: ProductItem | EdgeItem, text: str) -> None:
    blamed.reasons.append(text)
    if isinstance(item, ProductItem):
        blamed.products.setdefault(item.urn, text)
    elif item.inline:
        blamed.products.setdefault(item.consumer, text)
    else:
        blamed.edges.setdefault((item.consumer, item.provider), text)
