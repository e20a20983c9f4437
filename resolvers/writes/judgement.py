"""The interface between writes and governance: what a write asks to be judged, and the verdict."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from resolvers.graph.store import Transaction
from resolvers.model.records import Policy, Product
from resolvers.writes.neighbourhood import Around


class Aspect(StrEnum):
    """A part of a product that policies care about."""

    PRODUCT = "PRODUCT"  # description, type, version, tags, metadata, access points
    OWNER = "OWNER"
    STATUS = "STATUS"
    CONTRACT = "CONTRACT"
    EDGES = "EDGES"


EVERYTHING = frozenset(Aspect)


class Touched(NamedTuple):
    """What a write changes, so that only policies that care are judged.

    `products` change in `aspects`; `other_ends` are products of which nothing changes but an edge to one of `products`.
    """

    products: tuple[str, ...] = ()
    aspects: frozenset[Aspect] = frozenset()
    other_ends: tuple[str, ...] = ()


NOTHING = Touched()


class Waiver(NamedTuple):
    """Leave for one product to break one policy until `expires_at`; past that it counts for nothing."""

    id: str
    policy_name: str
    scope_key: str
    product_id: str
    reason: str
    granted_by: str
    granted_at: str
    expires_at: str


class Violation(NamedTuple):
    """`path` are the ids of the products that offend together, the judged one first; `evidence` is JSON.

    `product` is as it was judged: of a refused creation it is nowhere else.
    """

    policy: Policy
    product_id: str
    message: str
    path: tuple[str, ...] = ()
    waiver: Waiver | None = None
    evidence: Mapping[str, Any] | None = None
    product: Product | None = None


class Judgement(NamedTuple):
    """`violations` refuse the write (mandatory, not waived); `warnings` do not.

    `judged` goes into the audit event: one `{policyId, version, verdict}` for each policy that was asked. `reached` are
    the products whose verdict under a mandatory policy was asked: the write counts only when it holds their locks.
    """

    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    judged: tuple[Mapping[str, Any], ...] = ()
    reached: frozenset[str] = frozenset()


class Governance(NamedTuple):
    """`around(touched)`: whose verdict beyond the touched the write can turn, as far as is known before it begins;
    `judge(tx, touched, now, unsaved)` writes the next revisions `unsaved`, and knows."""

    around: Callable[[Touched], Around]
    judge: Callable[[Transaction, Touched, str, Sequence[Product]], Awaitable[Judgement]]
