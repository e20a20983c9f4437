"""A product as its creator gives it, checked for all that can be known without the graph."""

from typing import Any, NamedTuple

from resolvers import checks, dependency_edges
from resolvers.contracting.spec import ContractSpec
from resolvers.dependency_edges import EdgeSpec
from resolvers.domain_defaults import contract_of
from resolvers.errors import UserErrorCode, UserFaults
from resolvers.ids import Prefix, new_id, product_urn
from resolvers.mutations.inputs import DependencyInput, ProductInput
from resolvers.records import Product, ProductStatus, ProductType

INPUT = ("input",)
FIRST_VERSION = "1.0.0"


class Draft(NamedTuple):
    """A checked input. `product` lacks what only its domain knows; `access_points` None: the domain's patterns."""

    product: Product
    access_points: list[dict[str, str]] | None
    contract: ContractSpec | None
    edges: tuple[EdgeSpec, ...]


def check(given: ProductInput) -> Draft:
    """Raises `UserFaults` with all that is wrong and can be known without the graph."""
    faults = checks.Faults()
    product = _checked_product(faults, given)
    points = given.access_points
    draft = Draft(
        product=product,
        access_points=None if points is None else checks.access_points(faults, points, (*INPUT, "accessPoints")),
        contract=_checked_contract(faults, given.contract),
        edges=_checked_edges(faults, product.id, given.dependencies or ()),
    )
    faults.raise_any()
    return draft


def _checked_product(faults: checks.Faults, given: ProductInput) -> Product:
    name = checks.name(faults, given.name, (*INPUT, "name"))
    if not checks.NAME.fullmatch(given.domain):
        faults.add((*INPUT, "domain"), "There is no domain of that name.", UserErrorCode.NOT_FOUND)
    if given.type not in ProductType.__members__:
        faults.add((*INPUT, "type"), f"A type is one of {', '.join(ProductType)}.")
    team = given.owner_team
    return Product(
        id=new_id(Prefix.PRODUCT),
        urn=product_urn(given.domain, name),
        name=name,
        description=checks.description(faults, given.description, (*INPUT, "description")),
        domain=given.domain,
        domain_id="",
        owner_team="" if team is None else checks.text(faults, team, (*INPUT, "ownerTeam")),
        type=str(given.type),
        status=ProductStatus.DEVELOPMENT.value,
        version=FIRST_VERSION if given.version is None else checks.version(faults, given.version, (*INPUT, "version")),
        tags=checks.tags(faults, given.tags, (*INPUT, "tags")),
        metadata_json=checks.metadata(faults, given.metadata, (*INPUT, "metadata")),
        access_points_json="[]",
        contract_id=None,
        classification=None,
        revision=1,
        created_at="",
        updated_at="",
    )


def _checked_contract(faults: checks.Faults, given: Any) -> ContractSpec | None:
    if given is None:
        return None
    try:
        return contract_of(given, (*INPUT, "contract"))
    except UserFaults as several:
        faults.extend(several)
        return None


def _checked_edges(faults: checks.Faults, consumer: str, given: Any) -> tuple[EdgeSpec, ...]:
    if len(given) > dependency_edges.MAX_DEPENDENCIES:
        faults.add((*INPUT, "dependencies"), f"At most {dependency_edges.MAX_DEPENDENCIES} dependencies at once.")
        return ()
    edges = [_checked_edge(faults, consumer, one, (*INPUT, "dependencies", str(at))) for at, one in enumerate(given)]
    named = [edge.provider for edge in edges]
    for at, provider in enumerate(named):
        if provider and provider in named[:at]:
            faults.add((*INPUT, "dependencies", str(at), "provider"), f"'{provider}' is named twice.")
    return tuple(edges)


def _checked_edge(faults: checks.Faults, consumer: str, given: DependencyInput, at: checks.Path) -> EdgeSpec:
    if not given.provider:
        faults.add((*at, "provider"), "Name the provider by its id.")
    return dependency_edges.checked_edge(faults, consumer, given.provider or "", given, at, (*at, "provider"))
