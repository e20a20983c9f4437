"""A small mesh for tests, written as the graph model says and without the mutations: reads are tested by themselves.

    mesh = Mesh()
    orders = mesh.product("sales", "orders", tags=["core"])
    mesh.contract(orders, fields=["order_id:string", "lines[].sku:string"])
    mesh.depends(mesh.product("sales", "revenue", type="AGGREGATE"), orders)
    await mesh.write(store)

Ids are readable (`dom_sales`, `prd_sales.orders`, `ctr_sales.orders@1.0.0`) and times count up from `AT`.
"""

import json
from typing import Any, NamedTuple

from resolvers.graph.product_snapshot import snapshot_of
from resolvers.graph.search_text import field_words, search_properties
from resolvers.graph.store import Store, Transaction
from resolvers.model.records import AuditEvent, Contract, ContractField, Dependency, Domain, Policy, Product
from resolvers.writes.revisions import document

AT = "2026-01-01T00:00:00.000000Z"

# Everything in one statement: what is not given is not written.
WRITE = """
UNWIND $domains AS row CREATE (d:Domain) SET d = row
WITH count(*) AS _
CALL () { UNWIND $products AS row MATCH (d:Domain {id: row.domainId})
  CREATE (p:DataProduct) SET p = row CREATE (p)-[:IN_DOMAIN]->(d) }
CALL () { UNWIND $revisions AS row MATCH (p:DataProduct {id: row.productId})
  CREATE (v:ProductRevision) SET v = row CREATE (p)-[:HAS_REVISION]->(v) }
CALL () { UNWIND $contracts AS row MATCH (p:DataProduct {id: row.productId})
  CREATE (c:DataContract) SET c = row CREATE (p)-[:HAS_CONTRACT]->(c) }
CALL () { UNWIND $fields AS row MATCH (c:DataContract {id: row.contractId})
  CREATE (f:ContractField) SET f = row.properties CREATE (c)-[:HAS_FIELD]->(f) }
CALL () { UNWIND $derivations AS row MATCH (a:ContractField {id: row[0]}), (b:ContractField {id: row[1]})
  CREATE (a)-[:DERIVED_FROM]->(b) }
CALL () { UNWIND $edges AS row MATCH (a:DataProduct {id: row.consumer}), (b:DataProduct {id: row.provider})
  CREATE (a)-[r:DEPENDS_ON]->(b) SET r = row.properties }
CALL () { UNWIND $retired AS row MATCH (a:DataProduct {id: row.consumer}), (b:DataProduct {id: row.provider})
  CREATE (a)-[r:DEPENDED_ON]->(b) SET r = row.properties }
CALL () { UNWIND $policies AS row CREATE (y:Policy) SET y = row
  WITH y CALL (y) { MATCH (d:Domain {name: y.domain}) CREATE (y)-[:APPLIES_TO]->(d)
    UNION MATCH (p:DataProduct {id: y.productId}) CREATE (y)-[:APPLIES_TO]->(p) } }
CALL () { UNWIND $events AS row CREATE (e:AuditEvent) SET e = row }
MERGE (t:AuditLog {key: 'tail'})
SET t.seq = size($events), t.hash = CASE $events WHEN [] THEN '' ELSE $events[-1].hash END
"""


class Row(NamedTuple):
    """A dependency to write; `valid_to` is None while it is in force."""

    edge: Dependency
    valid_to: str | None


class Mesh:
    def __init__(self) -> None:
        self.domains: dict[str, Domain] = {}
        self.products: dict[str, Product] = {}
        self.contracts: list[Contract] = []
        self.fields: list[tuple[str, ContractField]] = []
        self.derivations: list[tuple[str, str]] = []
        self.edges: list[Row] = []
        self.policies: list[Policy] = []
        self.events: list[AuditEvent] = []

    def domain(self, name: str, **given: Any) -> Domain:
        values = {"description": None, "owner_team": f"{name}-team", "defaults_json": "{}", "revision": 1}
        made = Domain(id=f"dom_{name}", name=name, created_at=instant(len(self.domains)), **{**values, **given})
        self.domains[name] = made
        return made

    def product(self, domain: str, name: str, *, metadata: Any = None, access: Any = (), **given: Any) -> Product:
        """`access` is a list of `{"kind", "uri"}`. The domain is made when it isn't there."""
        home = self.domains.get(domain) or self.domain(domain)
        values = {
            "id": f"prd_{domain}.{name}",
            "urn": f"urn:mesh:{domain}:{name}",
            "description": "",
            "owner_team": home.owner_team,
            "type": "SOURCE",
            "status": "PRODUCTION",
            "version": "1.0.0",
            "tags": [],
            "contract_id": None,
            "classification": None,
            "revision": 1,
            "created_at": instant(len(self.products)),
            "updated_at": instant(len(self.products)),
        }
        made = Product(
            name=name,
            domain=domain,
            domain_id=home.id,
            metadata_json=json.dumps(metadata or {}),
            access_points_json=json.dumps(list(access)),
            **{**values, **given},
        )
        self.products[made.id] = made
        return made

    def contract(self, product: Product, version: str = "1.0.0", fields: Any = (), **given: Any) -> Contract:
        """`fields` are texts `path:type`, `path` alone being a string. The latest one made is in force."""
        values = {
            "id": f"ctr_{product.id.removeprefix('prd_')}@{version}",
            "status": "ACTIVE",
            "format": "json",
            "json_schema_json": '{"type":"object"}',
            "classification": "INTERNAL",
            "retention_json": None,
            "sla_json": "[]",
            "quality_json": "[]",
            "semantic_model_json": None,
            "published_at": instant(len(self.contracts)),
            "valid_from": instant(len(self.contracts)),
            "valid_to": None,
        }
        made = Contract(product_id=product.id, version=version, **{**values, **given})
        self.contracts.append(made)
        self.fields += [(made.id, field_of(made.id, text, place)) for place, text in enumerate(fields)]
        if made.status == "ACTIVE":
            changed = {"contract_id": made.id, "classification": made.classification}
            self.products[product.id] = self.products[product.id]._replace(**changed)
        return made

    def derives(self, field_id: str, source_id: str) -> None:
        self.derivations.append((field_id, source_id))

    def depends(self, consumer: Product, provider: Product, valid_to: str | None = None, **given: Any) -> Dependency:
        values = {"kind": "DATA", "origin": "DECLARED", "since": AT, "fields": None, "contract_version": None}
        made = Dependency(consumer.id, provider.id, **{**values, **given})
        self.edges.append(Row(made, valid_to))
        return made

    def policy(self, name: str, domain: str | None = None, product: Product | None = None, **given: Any) -> Policy:
        values = {
            "id": f"pol_{len(self.policies) + 1}",
            "description": "",
            "enforcement": "ADVISORY",
            "rule_kind": "BUILTIN",
            "rule_name": name,
            "parameters_json": "{}",
            "rule_text": None,
            "version": 1,
            "paused": False,
            "since": AT,
            "effective_from": AT,
            "retired_at": None,
        }
        scope = "PRODUCT" if product else "DOMAIN" if domain else "MESH"
        made = Policy(name=name, scope=scope, domain=domain, product_id=product and product.id, **{**values, **given})
        self.policies.append(made)
        return made

    def event(
        self, action: str, subject_kind: str, subject_id: str, domain: str | None = None, **given: Any
    ) -> AuditEvent:
        seq = len(self.events) + 1
        values = {"at": instant(seq), "actor": "ada", "before_json": None, "after_json": "{}", "judged_json": "[]"}
        made = AuditEvent(
            id=f"evt_{seq}",
            seq=seq,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            domain=domain,
            previous_hash=self.events[-1].hash if self.events else "",
            hash=f"hash-{seq}",
            **{**values, **given},
        )
        self.events.append(made)
        return made

    def field_names(self, contract_id: str | None) -> list[str]:
        return sorted({field.name for owner, field in self.fields if owner == contract_id})

    async def write(self, store: Store) -> "Mesh":
        rows = [{"consumer": e.consumer_id, "provider": e.provider_id, **edge_row(e, end)} for e, end in self.edges]
        parameters = {
            "domains": [properties(domain) for domain in self.domains.values()],
            "products": [
                {
                    **properties(product),
                    "snapshot": snapshot_of(product),
                    **search_properties(product),
                    "fieldNames": self.field_names(product.contract_id),
                    "fieldWords": field_words(self.field_names(product.contract_id)),
                }
                for product in self.products.values()
            ],
            "revisions": [revision_row(product) for product in self.products.values()],
            "contracts": [properties(contract) for contract in self.contracts],
            "fields": [{"contractId": owner, "properties": properties(field)} for owner, field in self.fields],
            "derivations": [list(pair) for pair in self.derivations],
            "edges": [row for row in rows if "validTo" not in row["properties"]],
            "retired": [row for row in rows if "validTo" in row["properties"]],
            "policies": [{**properties(policy), "scopeKey": scope_key(policy)} for policy in self.policies],
            "events": [properties(event) for event in self.events],
        }

        async def work(tx: Transaction) -> None:
            await tx.run(WRITE, **parameters)

        await store.write(work)
        return self


def instant(number: int) -> str:
    """`number` minutes after `AT`."""
    return f"2026-01-01T{number // 60:02}:{number % 60:02}:00.000000Z"


def field_of(contract_id: str, text: str, position: int) -> ContractField:
    path, _, kind = text.partition(":")
    name = path.rpartition(".")[2].removesuffix("[]")
    return ContractField(f"fld_{contract_id}/{path}", path, name, kind or "string", False, False, None, None, position)


def properties(record: Any) -> dict[str, Any]:
    """The record as a node's properties: camelCase, null ones absent."""
    return {camel(name): value for name, value in record._asdict().items() if value is not None}


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def scope_key(policy: Policy) -> str:
    return ":".join(part for part in (policy.scope, policy.domain or policy.product_id) if part)


def edge_row(edge: Dependency, valid_to: str | None) -> dict[str, Any]:
    found = properties(edge)
    del found["consumerId"], found["providerId"]
    return {"properties": found if valid_to is None else {**found, "validTo": valid_to}}


def revision_row(product: Product) -> dict[str, Any]:
    return {
        "productId": product.id,
        "revision": product.revision,
        "validFrom": product.updated_at,
        "validTo": None,
        "documentJson": json.dumps(document(product)),
        "status": product.status,
        "type": product.type,
        "ownerTeam": product.owner_team,
        "classification": product.classification,
        "contractId": product.contract_id,
    }
