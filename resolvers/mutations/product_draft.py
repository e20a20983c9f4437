"""Input of a new product, validated as far as possible without the graph."""

from typing import Any, NamedTuple

from resolvers.contracts.domain_defaults import contract_of
from resolvers.contracts.spec import ContractSpec
from resolvers.model.errors import UserErrorCode, UserFaults
from resolvers.model.ids import Prefix, new_id, product_urn
from resolvers.model.records import Product, ProductStatus, ProductType
from resolvers.mutations.inputs import ProductInput
from resolvers.writes import dependency_edges, validation
from resolvers.writes.dependency_edges import DependencyInput, EdgeSpec

INPUT = ("input",)
FIRST_VERSION = "1.0.0"


class Draft(NamedTuple):
    """A checked input. `product` lacks what only its domain knows; `access_points` None: the domain's patterns."""

    product: Product
    access_points: list[dict[str, Any]] | None
    contract: ContractSpec | None
    edges: tuple[EdgeSpec, ...]


def check(payload: ProductInput) -> Draft:
    """Raises `UserFaults` with all that is wrong and can be known without the graph."""
    faults = validation.Faults()
    product = _checked_product(faults, payload)
    points = payload.access_points
    draft = Draft(
        product=product,
        access_points=None if points is None else validation.access_points(faults, points, (*INPUT, "accessPoints")),
        contract=_checked_contract(faults, payload.contract),
        edges=_checked_edges(faults, product.id, payload.dependencies or ()),
    )
    faults.raise_any()
    return draft


def _checked_product(faults: validation.Faults, payload: ProductInput) -> Product:
    name = validation.name(faults, payload.name, (*INPUT, "name"))
    if not validation.NAME.fullmatch(payload.domain):
        faults.add((*INPUT, "domain"), "There is no domain of that name.", UserErrorCode.NOT_FOUND)
    if payload.type not in ProductType.__members__:
        faults.add((*INPUT, "type"), f"A type is one of {', '.join(ProductType)}.")
    team = payload.owner_team
    return Product(
        id=new_id(Prefix.PRODUCT),
        urn=product_urn(payload.domain, name),
        name=name,
        description=validation.description(faults, payload.description, (*INPUT, "description")),
        domain=payload.domain,
        domain_id="",
        owner_team="" if team is None else validation.text(faults, team, (*INPUT, "ownerTeam")),
        type=str(payload.type),
        status=ProductStatus.DEVELOPMENT.value,
        version=FIRST_VERSION
        if payload.version is None
        else validation.version(faults, payload.version, (*INPUT, "version")),
        tags=validation.tags(faults, payload.tags, (*INPUT, "tags")),
        metadata_json=validation.metadata(faults, payload.metadata, (*INPUT, "metadata")),
        access_points_json="[]",
        contract_id=None,
        classification=None,
        revision=1,
        created_at="",
        updated_at="",
    )


def _checked_contract(faults: validation.Faults, payload: Any) -> ContractSpec | None:
    if payload is None:
        return None
    try:
        return contract_of(payload, (*INPUT, "contract"))
    except UserFaults as several:
        faults.extend(several)
        return None


def _checked_edges(faults: validation.Faults, consumer: str, payload: Any) -> tuple[EdgeSpec, ...]:
    if len(payload) > dependency_edges.MAX_DEPENDENCIES:
        faults.add((*INPUT, "dependencies"), f"At most {dependency_edges.MAX_DEPENDENCIES} dependencies at once.")
        return ()
    edges = [_checked_edge(faults, consumer, one, (*INPUT, "dependencies", str(at))) for at, one in enumerate(payload)]
    named = [edge.provider for edge in edges]
    for at, provider in enumerate(named):
        if provider and provider in named[:at]:
            faults.add((*INPUT, "dependencies", str(at), "provider"), f"'{provider}' is named twice.")
    return tuple(edges)


def _checked_edge(faults: validation.Faults, consumer: str, payload: DependencyInput, at: validation.Path) -> EdgeSpec:
    if not payload.provider:
        faults.add((*at, "provider"), "Name the provider by its id.")
    return dependency_edges.checked_edge(faults, consumer, payload.provider or "", payload, at, (*at, "provider"))
