"""What an import reads: JSON objects, each a domain, a data product or a dependency, with the keys of the API's inputs.

    {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team"}
    {"kind": "DataProduct", "domain": "sales", "name": "orders", "type": "SOURCE", "status": "PRODUCTION"}
    {"kind": "Dependency", "consumer": "urn:mesh:sales:revenue", "provider": "urn:mesh:sales:orders"}

A product may bring its `dependencies` and say its `status`. Products are named by urn or id. Null counts as left out.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from resolvers.contracts.fields import FieldSpec, TooManyFields, derive_fields
from resolvers.model.errors import MeshError, UserErrorCode, UserFault, UserFaults
from resolvers.model.ids import Prefix, prefix_of
from resolvers.model.naming import camel
from resolvers.model.records import ProductStatus
from resolvers.mutations.inputs import DomainInput, ProductInput
from resolvers.mutations.product_draft import Draft
from resolvers.mutations.product_draft import check as check_product
from resolvers.writes import dependency_edges, validation
from resolvers.writes.dependency_edges import DependencyInput, EdgeSpec

KINDS = ("Domain", "DataProduct", "Dependency")
# What GraphQL sees to for a mutation's input.
TEXTS = frozenset(
    {
        *("name", "ownerTeam", "description", "domain", "type", "status", "version"),
        *("consumer", "provider", "contractVersion", "kind"),
    }
)
SHAPES: dict[str, tuple[type, str]] = {
    "tags": (list, "a list"),
    "accessPoints": (list, "a list of objects"),
    "dependencies": (list, "a list of objects"),
    "fields": (list, "a list"),
    "metadata": (dict, "an object"),
    "contract": (dict, "an object"),
    "defaults": (dict, "an object"),
}
Input = TypeVar("Input", DomainInput, ProductInput, DependencyInput)


class ImportRefused(MeshError):
    """Says which documents are at fault and why, all of them in `reasons`. Chunks written before stay; of the chunk at
    fault nothing is there."""

    def __init__(self, reasons: list[str]) -> None:
        more = f" And {len(reasons) - 10} more." if len(reasons) > 10 else ""
        super().__init__(" ".join(reasons[:10]) + more)
        self.reasons = tuple(reasons)


class Unreadable(NamedTuple):
    """Stands for the value of a document that could not be read; `message` says why."""

    message: str


class Document(NamedTuple):
    """`at` says where it was found, for messages: `mesh.jsonl:12`. `value` is JSON, or `Unreadable`."""

    at: str
    value: Any


class DomainItem(NamedTuple):
    """`said` are the API's names of what the document gives."""

    at: str
    given: DomainInput
    said: frozenset[str]


class EdgeItem(NamedTuple):
    """Ends as the document names them, later by urn: `spec.provider` is one. `inline`: it stands in its consumer."""

    at: str
    consumer: str
    spec: EdgeSpec
    inline: bool = False

    @property
    def provider(self) -> str:
        return self.spec.provider


class ProductItem(NamedTuple):
    """`draft` is as a creation would take it, in its status and without edges; `fields` are its contract's."""

    at: str
    draft: Draft
    said: frozenset[str]
    fields: tuple[FieldSpec, ...]
    edges: tuple[EdgeItem, ...]

    @property
    def urn(self) -> str:
        return self.draft.product.urn


Item = DomainItem | ProductItem | EdgeItem


def read(documents: Iterable[Document], reasons: list[str]) -> Iterator[Item]:
    """What can be known of each document by itself; faults are added to `reasons`."""
    for document in documents:
        try:
            yield item_of(document)
        except UserFaults as faults:
            reasons += [reason(document.at, fault, name_of(document.value)) for fault in faults.faults]


def item_of(document: Document) -> Item:
    """Raises `UserFaults`."""
    if isinstance(document.value, Unreadable):
        raise fault("", document.value.message)
    if not isinstance(document.value, dict):
        raise fault("", "A document is a JSON object.")
    given = {key: value for key, value in document.value.items() if value is not None}
    kind = given.pop("kind", None)
    if kind == "Domain":
        return DomainItem(document.at, taken(DomainInput, given), frozenset(given))
    if kind == "DataProduct":
        return product_of(document.at, given)
    if kind == "Dependency":
        return edge_of(document.at, given)
    raise fault("kind", f"Each document has a kind, one of {', '.join(KINDS)}; got {kind!r:.100}.")


def product_of(at: str, given: dict[str, Any]) -> ProductItem:
    check_shapes(given, ("input",))
    said = frozenset(given)
    edges = given.pop("dependencies", [])
    status = given.pop("status", ProductStatus.DEVELOPMENT)
    faults = validation.Faults()
    if status not in ProductStatus.__members__:
        faults.add(("input", "status"), f"A status is one of {', '.join(ProductStatus)}.")
    draft = collected(faults, lambda: check_product(taken(ProductInput, given)))
    fields = collected(faults, lambda: fields_of(draft)) if draft else ()
    own = f"urn:mesh:{given.get('domain')}:{given.get('name')}"
    found = inline_edges(faults, at, own, edges)
    faults.raise_any()
    assert draft is not None
    return ProductItem(
        at, draft._replace(product=draft.product._replace(status=str(status))), said, fields or (), found
    )


def collected(faults: validation.Faults, make: Any) -> Any:
    try:
        return make()
    except UserFaults as several:
        faults.extend(several)
    except UserFault as one:
        faults.found.append(one)
    return None


def fields_of(draft: Draft) -> tuple[FieldSpec, ...]:
    if draft.contract is None:
        return ()
    try:
        return tuple(derive_fields(draft.contract.json_schema))
    except TooManyFields as error:
        raise fault("contract", str(error), UserErrorCode.INVALID_CONTRACT) from None


def inline_edges(faults: validation.Faults, at: str, consumer: str, given: Any) -> tuple[EdgeItem, ...]:
    if len(given) > dependency_edges.MAX_DEPENDENCIES:
        most = dependency_edges.MAX_DEPENDENCIES
        faults.add(("input", "dependencies"), f"At most {most} dependencies; give more as documents of their own.")
        return ()
    return tuple(
        edge
        for place, one in enumerate(given)
        if (edge := checked_edge(faults, at, consumer, one, ("input", "dependencies", str(place)), True))
    )


def edge_of(at: str, given: dict[str, Any]) -> EdgeItem:
    check_shapes(given, ("input",))
    faults = validation.Faults()
    consumer = given.pop("consumer", None)
    check_name(faults, consumer, ("input", "consumer"))
    edge = checked_edge(faults, at, consumer, given, ("input",))
    faults.raise_any()
    assert edge is not None
    return edge


def checked_edge(
    faults: validation.Faults,
    at: str,
    consumer: Any,
    given: dict[str, Any],
    path: validation.Path,
    inline: bool = False,
) -> EdgeItem | None:
    dependency = collected(faults, lambda: taken(DependencyInput, given, path))
    if dependency is None:
        return None
    if not check_name(faults, dependency.provider, (*path, "provider")):
        return None
    spec = dependency_edges.checked_edge(faults, consumer, dependency.provider, dependency, path, (*path, "provider"))
    return EdgeItem(at, consumer, spec, inline)


def check_name(faults: validation.Faults, name: Any, path: validation.Path) -> bool:
    if isinstance(name, str) and (name.startswith("urn:") or prefix_of(name) is Prefix.PRODUCT):
        return True
    faults.add(path, "Name a data product by its urn, urn:mesh:<domain>:<name>, or by its id.")
    return False


def taken(kind: type[Input], given: dict[str, Any], path: validation.Path = ("input",)) -> Input:
    """The input with the document's values; the API's names become the records' names. Raises `UserFaults`."""
    names = {camel(field): field for field in kind._fields}
    unknown = sorted(given.keys() - names.keys())
    missing = sorted(names.keys() - given.keys() - {camel(field) for field in kind._field_defaults})
    check_shapes(given, path)
    if unknown or missing:
        words = [f"does not know {', '.join(unknown)}"] * bool(unknown)
        words += [f"lacks {', '.join(missing)}"] * bool(missing)
        raise UserFaults([UserFault(UserErrorCode.INVALID_INPUT, f"The document {' and '.join(words)}.", path)])
    return kind(**{names[key]: value for key, value in given.items()})


def check_shapes(given: dict[str, Any], path: validation.Path) -> None:
    """Raises `UserFaults`."""
    faults = validation.Faults()
    for key, value in given.items():
        shape, words = SHAPES.get(key, (str, "text") if key in TEXTS else (object, "anything"))
        of_objects = words.endswith("objects")
        if not isinstance(value, shape) or (of_objects and not all(isinstance(one, dict) for one in value)):
            faults.add((*path, key), f"Give {words}.")
    faults.raise_any()


def fault(key: str, message: str, code: UserErrorCode = UserErrorCode.INVALID_INPUT) -> UserFaults:
    return UserFaults([UserFault(code, message, ("input", key) if key else ("input",))])


def reason(at: str, fault: UserFault, name: str = "") -> str:
    path = ".".join(part for part in fault.field if part != "input")
    return ": ".join(part for part in (f"{at} {name}".strip(), path, fault.message) if part)


def name_of(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    names = (value.get(key) for key in ("kind", "domain", "name", "consumer", "provider"))
    return " ".join(str(name)[:200] for name in names if name)
