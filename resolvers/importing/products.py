"""Many new products in one write: a few statements, whatever their number, judged together, one audit event."""

from collections.abc import Sequence
from functools import partial
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers import projections
from resolvers.caller import Action
from resolvers.contracting.publish import contract_properties, field_properties
from resolvers.domain_defaults import DomainDefaults, fill_access_points, fill_contract, from_json
from resolvers.errors import UserErrorCode, UserFault
from resolvers.locking import Locks
from resolvers.mutations.product_draft import Draft
from resolvers.records import Domain, Product
from resolvers.revisions import node_properties, revision_properties
from resolvers.store import Transaction
from resolvers.verdicts import EVERYTHING, Touched
from resolvers.writing import Change, Seen, Write

Row = dict[str, Any]


class Home(NamedTuple):
    """A domain with its parsed defaults."""

    domain: Domain
    defaults: DomainDefaults


class Found(NamedTuple):
    """`known` are urns that are in the mesh already, and stay as they are."""

    known: frozenset[str]
    homes: dict[str, Home]


def plan(drafts: Sequence[Draft]) -> Write:
    """`thing` is the list of the products that are new."""
    names = tuple(sorted({draft.product.domain for draft in drafts}))

    async def look(tx: Transaction) -> Seen:
        found = await find(tx, [draft.product.urn for draft in drafts], names)
        absent = [name for name in names if name not in found.homes]
        return Seen(found, names, tuple(no_domain(name) for name in absent))

    async def apply(tx: Transaction, found: Found, now: str) -> Change:
        new = [draft for draft in drafts if draft.product.urn not in found.known]
        rows = [row_of(draft, found.homes[draft.product.domain], now) for draft in new]
        await tx.run(CREATE, given={"products": rows})
        told = [{"id": row["properties"]["id"], "urn": row["properties"]["urn"]} for row in rows]
        ids = tuple(row["id"] for row in told)
        return Change(
            thing=[draft.product for draft in new],
            subject_kind="BATCH",
            subject_id="import",
            after={"products": told},
            touched=Touched(ids, EVERYTHING),
            changed=bool(rows),
            last=partial(enter_domains, ids),
        )

    touched = Touched(tuple(draft.product.id for draft in drafts), EVERYTHING)
    document = [draft.product.urn for draft in drafts]
    return Write("importProducts", Action.WRITE_PRODUCT, document, Locks(), touched, look, apply)


FIND: LiteralString = f"""
RETURN [
  COLLECT {{ UNWIND $given.urns AS urn MATCH (p:DataProduct {{urn: urn}}) RETURN p.urn }},
  COLLECT {{ UNWIND $given.domains AS name MATCH (d:Domain {{name: name}}) RETURN {projections.DOMAIN} }}
]
"""


async def find(tx: Transaction, urns: Sequence[str], domains: Sequence[str]) -> Found:
    known, rows = await tx.run(FIND, given={"urns": urns, "domains": domains})
    homes = [Domain(*row) for row in rows]
    return Found(frozenset(known), {home.name: Home(home, from_json(home.defaults_json)) for home in homes})


def no_domain(name: str) -> UserFault:
    return UserFault(UserErrorCode.NOT_FOUND, f"There is no domain '{name}': import it first.", ("input", "domain"))


def row_of(draft: Draft, home: Home, now: str) -> Row:
    """Raises `UserFaults` when the contract lacks what neither it nor the domain says."""
    domain, product = home.domain, draft.product
    points = draft.access_points
    if points is None:
        points = fill_access_points(home.defaults, domain.name, product.name)
    product = product._replace(
        domain_id=domain.id,
        owner_team=product.owner_team or domain.owner_team,
        access_points_json=orjson.dumps(points).decode(),
        created_at=now,
        updated_at=now,
    )
    contract = contract_of(draft, home, now)
    if contract is None:
        return product_row(product, [], [])
    told = contract["properties"]
    product = product._replace(contract_id=told["id"], classification=told["classification"])
    return product_row(product, [contract], sorted({field["name"] for field in contract["fields"]}))


def contract_of(draft: Draft, home: Home, now: str) -> Row | None:
    if draft.contract is None:
        return None
    spec = fill_contract(draft.contract, home.defaults, draft.product.name, ("input", "contract"))
    return {"properties": contract_properties(draft.product.id, spec, now), "fields": field_properties(spec)}


def product_row(product: Product, contracts: list[Row], field_names: list[str]) -> Row:
    return {
        "properties": {**node_properties(product), "fieldNames": field_names},
        "revision": revision_properties(product),
        "contracts": contracts,
    }


CREATE: LiteralString = """
UNWIND $given.products AS row
CREATE (p:DataProduct)-[:HAS_REVISION]->(v:ProductRevision)
SET p = row.properties, v = row.revision
FOREACH (contract IN row.contracts |
  CREATE (p)-[:HAS_CONTRACT]->(c:DataContract)
  SET c = contract.properties
  FOREACH (field IN contract.fields | CREATE (c)-[:HAS_FIELD]->(f:ContractField) SET f = field)
)
RETURN count(*)
"""

# As when a single product is created: linking locks the domain for everyone else, hence last.
ENTER: LiteralString = """
UNWIND $given.ids AS id
MATCH (p:DataProduct {id: id})
MATCH (d:Domain {id: p.domainId})
CREATE (p)-[:IN_DOMAIN]->(d)
RETURN count(*)
"""


async def enter_domains(ids: Sequence[str], tx: Transaction) -> None:
    await tx.run(ENTER, given={"ids": ids})
