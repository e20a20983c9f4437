"""Products by their ids: one, and a thousand at once as a federation gateway asks."""

from bench.chosen import Chosen
from bench.shapes.shape import FIELDS, ROW, Shape, row, rows, same

BY_ID = f"query ($id: ID!) {{ dataProduct(id: $id) {{ {FIELDS} }} }}"
BY_ID_CYPHER = f"MATCH (p:DataProduct {{id: $id}}) RETURN {ROW}"
BY_ID_PEER = f"query ($id: ID!) {{ dataProducts(where: {{id: {{eq: $id}}}}) {{ {FIELDS} }} }}"

ENTITIES = f"""query ($representations: [_Any!]!) {{
  _entities(representations: $representations) {{ ... on DataProduct {{ {FIELDS} }} }}
}}"""
ENTITIES_CYPHER = f"UNWIND $ids AS id MATCH (p:DataProduct {{id: id}}) RETURN collect({ROW})"
# The peer can be a subgraph too; asking it for the ids at once costs it less.
ENTITIES_PEER = f"query ($ids: [ID!]!) {{ dataProducts(where: {{id: {{in: $ids}}}}) {{ {FIELDS} }} }}"


def by_id(chosen: Chosen) -> Shape:
    return Shape(
        name="product by id",
        query=BY_ID,
        ours=lambda data: row(data["dataProduct"]),
        cypher=BY_ID_CYPHER,
        raw=same,
        peer_query=BY_ID_PEER,
        theirs=lambda data: row(data["dataProducts"][0]),
        variables=[{"id": product} for product in chosen.products[:50]],
    )


def entities(chosen: Chosen) -> Shape:
    ids = chosen.products
    return Shape(
        name=f"{len(ids):,} entities",
        query=ENTITIES,
        ours=lambda data: sorted(rows(data["_entities"])),
        cypher=ENTITIES_CYPHER,
        raw=sorted,
        peer_query=ENTITIES_PEER,
        theirs=lambda data: sorted(rows(data["dataProducts"])),
        variables=[{"ids": ids, "representations": [{"__typename": "DataProduct", "id": one} for one in ids]}],
    )
