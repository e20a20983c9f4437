"""Product revisions: one `ProductRevision` for each state of a product over time, which `asOf` reads."""

from collections.abc import Sequence
from typing import Any, LiteralString

import orjson

from resolvers.graph.product_snapshot import KEY, snapshot_of
from resolvers.graph.search_text import search_properties
from resolvers.graph.store import Transaction
from resolvers.model.ids import snapshot_id
from resolvers.model.records import Product

# document key -> field of `Product`; values whose field ends in `_json` stand parsed in the document
_KEYS = {
    "id": "id",
    "urn": "urn",
    "name": "name",
    "description": "description",
    "domain": "domain",
    "domainId": "domain_id",
    "ownerTeam": "owner_team",
    "type": "type",
    "status": "status",
    "version": "version",
    "tags": "tags",
    "metadata": "metadata_json",
    "accessPoints": "access_points_json",
    "contractId": "contract_id",
    "classification": "classification",
    "revision": "revision",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "successor": "successor",
    "sunset": "sunset",
}
# Which revisions that were written before these fields existed do not have.
_LATER = ("successor", "sunset")


def document(product: Product) -> dict[str, Any]:
    """The product as JSON with camelCase keys; `metadata` and `accessPoints` are parsed. For audit events and
    revisions.
    """
    return {
        key: orjson.loads(value) if field.endswith("_json") else value
        for key, field in _KEYS.items()
        for value in (getattr(product, field),)
    }


def from_document(text: str) -> Product:
    """The product stored in `documentJson` of a revision."""
    decoded = orjson.loads(text)
    fields: dict[str, Any] = {
        field: orjson.dumps(decoded[key]).decode() if field.endswith("_json") else decoded[key]
        for key, field in _KEYS.items()
        if key in decoded or key not in _LATER
    }
    return Product(**fields)


def as_snapshot(product: Product, mark: str) -> Product:
    """`product` with an id of its own, and its successor with the same mark: that is followed at the same time. Without
    a mark as it is."""
    if not mark:
        return product
    successor = product.successor and snapshot_id(product.successor, mark)
    return product._replace(id=snapshot_id(product.id, mark), successor=successor)


def bump(product: Product, now: str) -> Product:
    """The next revision. It starts no earlier than the previous one, even if the replicas' clocks differ."""
    return product._replace(revision=product.revision + 1, updated_at=max(now, product.updated_at))


SAVE: LiteralString = """
UNWIND $saved.products AS row
MATCH (p:DataProduct {id: row.properties.id})
SET p += row.properties
WITH p, row.revision AS revision
OPTIONAL MATCH (old:ProductRevision {productId: revision.productId, revision: revision.revision - 1})
SET old.validTo = revision.validFrom
CREATE (p)-[:HAS_REVISION]->(r:ProductRevision)
SET r = revision
RETURN count(*) AS saved
"""


def held(product_id: LiteralString, at: LiteralString) -> LiteralString:
    """A subquery's inside, to be followed by what it returns of `v`, the revision that held at `at`: the last that had
    begun. Revisions follow each other without a gap, so their ends need no look; while one is being committed, either
    it or the one before is found."""
    return (
        "MATCH (v:ProductRevision) USING INDEX v:ProductRevision(productId, validFrom, revision) WHERE v.productId = "
        + product_id
        + " AND v.validFrom <= "
        + at
        + " AND v.revision IS NOT NULL\n"
        "  WITH v ORDER BY v.productId DESC, v.validFrom DESC, v.revision DESC LIMIT 1"
    )


async def save_revisions(tx: Transaction, products: Sequence[Product]) -> None:
    """Writes the products, locked and with their new revision numbers (`bump`), to their nodes and as revisions."""
    if products:
        await tx.run(SAVE, saved=to_save(products))


def to_save(products: Sequence[Product]) -> dict[str, Any]:
    """The parameter `$saved` of `SAVE`."""
    return {
        "products": [{"properties": node_properties(one), "revision": revision_properties(one)} for one in products]
    }


def node_properties(product: Product) -> dict[str, Any]:
    decoded = document(product)
    del decoded["metadata"], decoded["accessPoints"]
    stored = {"metadataJson": product.metadata_json, "accessPointsJson": product.access_points_json}
    return {**decoded, **stored, **search_properties(product), KEY: snapshot_of(product)}


def revision_properties(product: Product) -> dict[str, Any]:
    decoded = document(product)
    copied = ("revision", "status", "type", "ownerTeam", "classification", "contractId")
    return {
        "productId": product.id,
        "validFrom": product.updated_at,
        "validTo": None,
        "documentJson": orjson.dumps(decoded).decode(),
        **{key: decoded[key] for key in copied},
    }
