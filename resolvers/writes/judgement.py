"""The interface between writes and governance: what a write changes, and the verdict."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from resolvers.graph.store import Transaction
from resolvers.model.records import Policy, Product
from resolvers.writes.neighbourhood import Neighbourhood


class Aspect(StrEnum):
    """A part of a product that policies can depend on."""

    PRODUCT = "PRODUCT"  # description, type, version, tags, metadata, access points
    OWNER = "OWNER"
    STATUS = "STATUS"
    CONTRACT = "CONTRACT"
    EDGES = "EDGES"


EVERYTHING = frozenset(Aspect)


class Touched(NamedTuple):
    """What a write changes, which decides the policies that judge it.

    `products` change in `aspects`. `other_ends` are products of which only an edge to one of `products` changes.
    """

    products: tuple[str, ...] = ()
    aspects: frozenset[Aspect] = frozenset()
    other_ends: tuple[str, ...] = ()


NOTHING = Touched()


class Waiver(NamedTuple):
    """Lets one product violate one policy until `expires_at`."""

    id: str
    policy_name: str
    scope_key: str
    product_id: str
    reason: str
    granted_by: str
    granted_at: str
    expires_at: str


class Violation(NamedTuple):
    """A finding. `path` are the ids of the products involved, the judged one first; `evidence` is JSON.

    `product` is as it was judged; for a refused creation it exists nowhere else.
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

    `judged` goes into the audit event: one `{policyId, version, verdict}` for each evaluated policy. `reached` are
    the products that a mandatory policy evaluated. The write may commit only if it holds their locks.
    """

    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    judged: tuple[Mapping[str, Any], ...] = ()
    reached: frozenset[str] = frozenset()


class Governance(NamedTuple):
    """`around(touched)`: whose verdict beyond the touched the write can turn, as far as is known before it begins;
    `judge(tx, touched, now, unsaved)` writes the next revisions `unsaved`, and knows."""

    around: Callable[[Touched], Neighbourhood]
    judge: Callable[[Transaction, Touched, str, Sequence[Product]], Awaitable[Judgement]]
