"""What an import reads: JSON objects, each a domain, a data product or a dependency, with the keys of the API's inputs.

    {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team"}
    {"kind": "DataProduct", "domain": "sales", "name": "orders", "type": "SOURCE", "status": "PRODUCTION"}
    {"kind": "Dependency", "consumer": "urn:mesh:sales:revenue", "provider": "urn:mesh:sales:orders"}

A product may say its status; it need not pass the ones before. Dependencies name products by urn.
"""

from typing import Any, NamedTuple, TypeVar

from resolvers import checks, dependency_edges
from resolvers.dependency_edges import EdgeSpec
from resolvers.errors import MeshError, UserErrorCode, UserFault, UserFaults
from resolvers.mutations.inputs import DependencyInput, DomainInput, ProductInput
from resolvers.mutations.product_draft import Draft
from resolvers.mutations.product_draft import check as check_product
from resolvers.records import ProductStatus

Document = dict[str, Any]
Input = TypeVar("Input", DomainInput, ProductInput, DependencyInput)
INPUT = ("input",)


class ImportRefused(MeshError):
    """Says which documents are at fault and why. All batches before theirs are in the mesh, theirs is not."""

    def __init__(self, reasons: list[str]) -> None:
        more = f" And {len(reasons) - 10} more." if len(reasons) > 10 else ""
        super().__init__(" ".join(reasons[:10]) + more)
        self.reasons = tuple(reasons)


class Edge(NamedTuple):
    """A dependency between urns; `spec.provider` is the provider's urn."""

    consumer: str
    spec: EdgeSpec


def domain_of(document: Document) -> DomainInput:
    return taken(DomainInput, document)


def product_of(document: Document) -> Draft:
    """Raises `UserFaults`."""
    given = dict(document)
    status = given.pop("status", ProductStatus.DEVELOPMENT)
    if status not in ProductStatus.__members__:
        raise fault("status", f"A status is one of {', '.join(ProductStatus)}.")
    if given.get("dependencies"):
        raise fault("dependencies", "Give dependencies as documents of their own, behind the products.")
    draft = check_product(taken(ProductInput, given))
    return draft._replace(product=draft.product._replace(status=status))


def edge_of(document: Document) -> Edge:
    """Raises `UserFaults`."""
    given = dict(document)
    consumer, provider = given.pop("consumer", None), given.get("provider")
    if not isinstance(consumer, str) or not isinstance(provider, str):
        raise fault("consumer", "A dependency names its consumer and its provider by urn.")
    faults = checks.Faults()
    dependency = taken(DependencyInput, given)
    spec = dependency_edges.checked_edge(faults, consumer, provider, dependency, INPUT, (*INPUT, "provider"))
    faults.raise_any()
    return Edge(consumer, spec)


def taken(kind: type[Input], document: Document) -> Input:
    """The input with the document's values; the API's names become the records' names."""
    values = {snake(key): value for key, value in document.items() if key != "kind"}
    unknown = sorted(values.keys() - set(kind._fields))
    missing = sorted(set(kind._fields) - values.keys() - kind._field_defaults.keys())
    if unknown or missing:
        words = [f"does not know {', '.join(unknown)}"] * bool(unknown) + [f"lacks {', '.join(missing)}"] * bool(
            missing
        )
        raise fault("kind", f"The document {' and '.join(words)}.")
    return kind(**values)


def snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def fault(key: str, message: str) -> UserFaults:
    return UserFaults([UserFault(UserErrorCode.INVALID_INPUT, message, (*INPUT, key))])
