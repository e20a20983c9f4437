"""Lists of products: filtered, searched, nested, long."""

from typing import Any

from bench.chosen import Chosen
from bench.shapes.shape import FIELDS, ROW, Shape, row, rows, same
from resolvers.discovery.query_text import parse_search

DISCOVERY = f"""query ($domain: String!, $status: DataProductStatus!) {{
  dataProducts(filter: {{domain: [$domain], status: [$status]}}, first: 50) {{ nodes {{ {FIELDS} }} }}
}}"""
DISCOVERY_CYPHER = f"""MATCH (p:DataProduct) WHERE p.domain = $domain AND p.urn >= '' AND p.status = $status
WITH p ORDER BY p.domain, p.urn LIMIT 50 RETURN collect({ROW})"""  # in the order of an index
DISCOVERY_PEER = f"""query ($domain: String!, $status: String!) {{
  dataProducts(where: {{domain: {{eq: $domain}}, status: {{eq: $status}}}}, sort: [{{urn: ASC}}], limit: 50) {{ {FIELDS} }}
}}"""  # noqa: E501

TEXT = f"query ($text: String!) {{ dataProducts(search: $text, first: 100) {{ nodes {{ {FIELDS} }} }} }}"
TEXT_CYPHER = f"""CALL db.index.fulltext.queryNodes('product_search', $lucene) YIELD node AS p, score
WITH p, score ORDER BY score DESC LIMIT 100 RETURN collect({ROW})"""
TEXT_PEER = f"query ($lucene: String!) {{ found(text: $lucene) {{ {FIELDS} }} }}"

NESTED = """query ($domain: String!) {
  dataProducts(filter: {domain: [$domain]}, first: 10) { nodes { id
    dependencies(first: 50) { nodes { provider { id
      dependencies(first: 50) { nodes { provider { id name } } } } } } } }
}"""
NESTED_CYPHER = """MATCH (p:DataProduct) WHERE p.domain = $domain AND p.urn >= ''
WITH p ORDER BY p.domain, p.urn LIMIT 10
RETURN collect([p.id, COLLECT { MATCH (p)-[:DEPENDS_ON]->(q)
  RETURN [q.id, COLLECT { MATCH (q)-[:DEPENDS_ON]->(r) RETURN [r.id, r.name] }] }])"""
NESTED_PEER = """query ($domain: String!) {
  dataProducts(where: {domain: {eq: $domain}}, sort: [{urn: ASC}], limit: 10) { id
    dependencies { id dependencies { id name } } }
}"""

THOUSAND = f"""query ($type: DataProductType!) {{
  dataProducts(filter: {{type: [$type]}}, first: 1000) {{ nodes {{ {FIELDS} }} }}
}}"""
THOUSAND_CYPHER = f"""MATCH (p:DataProduct) WHERE p.type = $type AND p.urn >= ''
WITH p ORDER BY p.type, p.urn LIMIT 1000 RETURN collect({ROW})"""  # in the order of an index
THOUSAND_PEER = f"""query ($type: String!) {{
  dataProducts(where: {{type: {{eq: $type}}}}, sort: [{{urn: ASC}}], limit: 1000) {{ {FIELDS} }}
}}"""


def discovery(chosen: Chosen) -> Shape:
    return Shape(
        name="discovery, 50 rows",
        query=DISCOVERY,
        ours=lambda data: rows(data["dataProducts"]["nodes"]),
        cypher=DISCOVERY_CYPHER,
        raw=same,
        peer_query=DISCOVERY_PEER,
        theirs=lambda data: rows(data["dataProducts"]),
        variables=[{"domain": domain, "status": "PRODUCTION"} for domain in chosen.domains],
    )


def full_text(chosen: Chosen) -> Shape:
    """Words of which every contender finds the same few products; their order among equals is each one's own."""
    texts = [(text, parse_search(text)) for text in chosen.words]
    return Shape(
        name="full text",
        query=TEXT,
        ours=lambda data: sorted(row(product) for product in data["dataProducts"]["nodes"]),
        cypher=TEXT_CYPHER,
        raw=sorted,
        peer_query=TEXT_PEER,
        theirs=lambda data: sorted(row(product) for product in data["found"]),
        variables=[{"text": text, "lucene": parsed.strict} for text, parsed in texts if parsed is not None],
    )


def nested(chosen: Chosen) -> Shape:
    return Shape(
        name="3-level nested",
        query=NESTED,
        ours=lambda data: [
            [product["id"], sorted([one["id"], sorted(map(pair, below(one)))] for one in below(product))]
            for product in data["dataProducts"]["nodes"]
        ],
        cypher=NESTED_CYPHER,
        raw=lambda value: [
            [product, sorted([provider, sorted(providers)] for provider, providers in found)]
            for product, found in value
        ],
        peer_query=NESTED_PEER,
        theirs=lambda data: [
            [
                product["id"],
                sorted([one["id"], sorted(map(pair, one["dependencies"]))] for one in product["dependencies"]),
            ]
            for product in data["dataProducts"]
        ],
        variables=[{"domain": domain} for domain in chosen.domains],
    )


def below(product: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["provider"] for edge in product["dependencies"]["nodes"]]


def pair(product: dict[str, Any]) -> list[Any]:
    return [product["id"], product["name"]]


def thousand(chosen: Chosen) -> Shape:
    return Shape(
        name="1,000 products x 6 fields",
        query=THOUSAND,
        ours=lambda data: rows(data["dataProducts"]["nodes"]),
        cypher=THOUSAND_CYPHER,
        raw=same,
        peer_query=THOUSAND_PEER,
        theirs=lambda data: rows(data["dataProducts"]),
        variables=[{"type": kind} for kind in ("DERIVED", "AGGREGATE", "ML_FEATURE")],
    )
