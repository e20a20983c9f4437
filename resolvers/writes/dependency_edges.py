"""Write steps for dependency edges, consumer -> provider. A changed or retired edge is kept as DEPENDED_ON with its
end.

The caller has locked both products.
"""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple

from resolvers.graph import projections
from resolvers.graph.store import Transaction
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.records import Dependency, EdgeOrigin
from resolvers.writes import validation
from resolvers.writes.validation import Path

FEEDS = "feeds"
MAX_DEPENDENCIES = 500
MAX_FIELDS = 1_000


class DependencyInput(NamedTuple):
    """`provider` is an id; `fields` are paths of the provider's contract, None for all; `contract_version` pins one."""

    provider: str | None = None
    fields: Sequence[str] | None = None
    contract_version: str | None = None
    kind: str | None = None


class EdgeSpec(NamedTuple):
    """A checked `DependencyInput`; `at` is its path in the arguments, `provider_at` that of its provider."""

    provider: str
    fields: list[str] | None
    contract_version: str | None
    kind: str
    at: Path
    provider_at: Path


class Provider(NamedTuple):
    """What declaring an edge needs to know about the provider, and the existing edge."""

    id: str
    name: str
    has_version: bool
    has_contract: bool
    missing_fields: list[str]
    edge: list[Any] | None


def checked_edge(
    faults: validation.Faults, consumer: str, provider: str, payload: DependencyInput, at: Path, provider_at: Path
) -> EdgeSpec:
    if provider == consumer:
        faults.add(provider_at, "A product cannot depend on itself: name another provider.")
    fields = None
    if payload.fields is not None:
        named = [
            validation.text(faults, field, (*at, "fields", str(i)), 1_000) for i, field in enumerate(payload.fields)
        ]
        fields = list(dict.fromkeys(named))
        if not 1 <= len(fields) <= MAX_FIELDS:
            faults.add(
                (*at, "fields"), f"Name 1 to {MAX_FIELDS:,} fields, or leave `fields` out: it means all of them."
            )
    if payload.contract_version is not None:
        validation.version(faults, payload.contract_version, (*at, "contractVersion"))
    kind = FEEDS if payload.kind is None else validation.kind(faults, payload.kind, (*at, "kind"))
    return EdgeSpec(provider, fields, payload.contract_version, kind, at, provider_at)


PROVIDERS: LiteralString = f"""
UNWIND $parameters.edges AS edge
MATCH (b:DataProduct {{id: edge.provider}}) WHERE coalesce(b.status, '') <> 'RETIRED'
OPTIONAL MATCH (pinned:DataContract {{productId: b.id, version: edge.contractVersion}})
  WHERE pinned.status IN ['ACTIVE', 'SUPERSEDED']
OPTIONAL MATCH (current:DataContract {{id: b.contractId}})
OPTIONAL MATCH (a:DataProduct {{id: edge.consumer}})-[r:DEPENDS_ON]->(b)
WITH edge, a, b, r, pinned, coalesce(pinned, current) AS c
RETURN collect([
  b.id, b.name, pinned IS NOT NULL, c IS NOT NULL,
  COLLECT {{
    UNWIND coalesce(edge.fields, []) AS path
    WITH path WHERE NOT EXISTS {{ MATCH (c)-[:HAS_FIELD]->(f:ContractField) WHERE f.path = path }}
    RETURN path
  }},
  CASE WHEN r IS NULL THEN null ELSE {projections.DEPENDENCY} END, edge.consumer
]) AS providers
"""


async def find_providers(tx: Transaction, consumer: str, edges: Sequence[EdgeSpec]) -> dict[str, Provider]:
    """Providers by id; a missing one is absent."""
    return providers_of(await tx.run(PROVIDERS, parameters=parameters_of(consumer, edges)))


async def find_ends(tx: Transaction, pairs: Sequence[tuple[str, EdgeSpec]]) -> dict[tuple[str, str], Provider]:
    """The providers of many consumers' edges, by (consumer, provider); a missing one is absent."""
    rows = await tx.run(PROVIDERS, parameters={"edges": [edge_parameters(consumer, edge) for consumer, edge in pairs]})
    return {(row[-1], row[0]): Provider(*row[:-1]) for row in rows}


def parameters_of(consumer: str, edges: Sequence[EdgeSpec]) -> dict[str, Any]:
    """The parameter `$parameters` of `PROVIDERS`."""
    return {"edges": [edge_parameters(consumer, edge) for edge in edges]}


def edge_parameters(consumer: str, edge: EdgeSpec) -> dict[str, Any]:
    said = {"fields": edge.fields, "contractVersion": edge.contract_version}
    return {"consumer": consumer, "provider": edge.provider, **said}


def providers_of(rows: list[Any]) -> dict[str, Provider]:
    return {row[0]: Provider(*row[:-1]) for row in rows}


def missing_providers(edges: Sequence[EdgeSpec], providers: dict[str, Provider]) -> tuple[UserFault, ...]:
    return tuple(
        UserFault(
            UserErrorCode.NOT_FOUND, f"There is no data product '{edge.provider}', or it is retired.", edge.provider_at
        )
        for edge in edges
        if edge.provider not in providers
    )


def check_promises(edges: Sequence[EdgeSpec], providers: dict[str, Provider]) -> None:
    """Checks that the pinned version and the named fields exist. Raises `UserFaults`."""
    faults = [fault for edge in edges for fault in broken_promises(edge, providers[edge.provider])]
    if faults:
        raise UserFaults(faults)


def broken_promises(edge: EdgeSpec, provider: Provider) -> list[UserFault]:
    if edge.contract_version is not None and not provider.has_version:
        message = f"'{provider.name}' has no contract version {edge.contract_version} that is or was in force."
        return [UserFault(UserErrorCode.NOT_FOUND, message, (*edge.at, "contractVersion"))]
    if edge.fields and not provider.has_contract:
        message = f"'{provider.name}' has no contract yet, so none of its fields can be named: leave `fields` out."
        return [UserFault(UserErrorCode.INVALID_INPUT, message, (*edge.at, "fields"))]
    return [
        UserFault(
            UserErrorCode.NOT_FOUND,
            f"The contract of '{provider.name}' has no field '{path}'.",
            (*edge.at, "fields", str((edge.fields or []).index(path))),
        )
        for path in provider.missing_fields
    ]


REPLACE: LiteralString = """
UNWIND $requested.edges AS edge
MATCH (a:DataProduct {id: edge.consumer}), (b:DataProduct {id: edge.provider})
OPTIONAL MATCH (a)-[old:DEPENDS_ON]->(b)
FOREACH (ended IN CASE WHEN old IS NULL THEN [] ELSE [old] END |
  CREATE (a)-[was:DEPENDED_ON]->(b) SET was = properties(ended), was.validTo = edge.properties.since
  DELETE ended)
CREATE (a)-[r:DEPENDS_ON]->(b) SET r = edge.properties
RETURN count(*)
"""


async def declare_edges(
    tx: Transaction, consumer: str, edges: Sequence[EdgeSpec], providers: dict[str, Provider], now: str
) -> list[Dependency]:
    """Declares all `edges`, which have passed `check_promises`. An edge with the same content stays."""
    requested = {edge.provider: new_edge(consumer, edge, providers[edge.provider], now) for edge in edges}
    await replace_edges(tx, [edge for provider, edge in requested.items() if edge != before(providers[provider])])
    return list(requested.values())


async def replace_edges(tx: Transaction, edges: Sequence[Dependency]) -> None:
    """Declares edges, each pair at most once; the previous edge of a pair ends."""
    if edges:
        await tx.run(REPLACE, requested={"edges": [_row(edge) for edge in edges]})


def before(provider: Provider) -> Dependency | None:
    return None if provider.edge is None else Dependency(*provider.edge)


def new_edge(consumer: str, edge: EdgeSpec, provider: Provider, now: str) -> Dependency:
    """The edge that results for the pair: the existing one if its content is the same."""
    old = before(provider)
    observed = old is not None and old.origin != EdgeOrigin.DECLARED
    origin = EdgeOrigin.BOTH if observed else EdgeOrigin.DECLARED
    since = now if old is None else max(now, old.since)
    declared = Dependency(consumer, edge.provider, edge.kind, origin.value, since, edge.fields, edge.contract_version)
    return old if old is not None and declared._replace(since=old.since) == old else declared


def _row(dependency: Dependency) -> dict[str, Any]:
    return {
        "consumer": dependency.consumer_id,
        "provider": dependency.provider_id,
        "properties": {
            "kind": dependency.kind,
            "origin": dependency.origin,
            "since": dependency.since,
            "fields": dependency.fields,
            "contractVersion": dependency.contract_version,
        },
    }


RETIRE: LiteralString = """
MATCH (a:DataProduct {id: $consumer})-[old:DEPENDS_ON]->(b:DataProduct {id: $provider})
CREATE (a)-[was:DEPENDED_ON]->(b)
SET was = properties(old), was.validTo = $until
DELETE old
RETURN was.validTo
"""


async def retire_edge(tx: Transaction, dependency: Dependency, now: str) -> str:
    """Ends the edge, whatever its origin, and returns its end."""
    until = max(now, dependency.since)
    return await tx.run(RETIRE, consumer=dependency.consumer_id, provider=dependency.provider_id, until=until)


def document(dependency: Dependency, valid_to: str | None = None) -> dict[str, Any]:
    """The edge as JSON, for the audit log."""
    ended = {} if valid_to is None else {"validTo": valid_to}
    properties = _row(dependency)["properties"]
    return {"consumerId": dependency.consumer_id, "providerId": dependency.provider_id, **properties, **ended}
