"""`python -m bench.governance`: what reports and judged writes cost on the seeded mesh under twenty policies."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter, process_time
from typing import Annotated, Any

import typer

from bench.caller import CALLER
from bench.data import database, load
from bench.mesh import make_mesh
from graph_api.neo4j.driver import open_driver
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import Neo4jStore
from graph_api.settings import default_cache_dir
from resolvers.discovery.noncompliant import offending_ids
from resolvers.governance.engine.definition import PolicyInput
from resolvers.governance.engine.facts_cypher import Scope
from resolvers.governance.report import report_on
from resolvers.mutations.data_product_update import update_product
from resolvers.writes.pipeline import WriteOptions

BUILTIN: list[tuple[str, dict[str, Any]]] = [
    ("data_classification_required", {}),
    ("retention_policy_required", {}),
    ("minimum_sla_requirements", {"required_slas": {"availability": 0.99}}),
    ("minimum_sla_requirements", {"required_slas": {"availability": 0.9999}}),
    ("schema_documentation_required", {}),
    ("schema_documentation_required", {"describe_fields": True}),
    ("owner_required", {}),
    ("production_ready", {}),
    ("production_ready", {"statuses": ["TESTING", "PRODUCTION"]}),
    ("stable_dependencies", {}),
    ("stable_dependencies", {"of": ["TESTING", "PRODUCTION"]}),
    ("successor_for_deprecated", {}),
    ("acyclic_dependencies", {}),
    ("classification_flow", {}),
    ("classification_flow", {"except_types": ["AGGREGATE"]}),
    ("retention_flow", {}),
    ("pinned_cross_domain_contracts", {}),
]
EXPRESSIONS = [
    "contract == null || contract.retention == null || contract.retention.days <= 2555",
    "!('pii' in product.tags) || (contract != null && contract.classification in ['CONFIDENTIAL', 'RESTRICTED'])",
]
PATTERN = """
MATCH (p:DataProduct)-[:DEPENDS_ON]->(q:DataProduct) WHERE p.domain <> q.domain AND q.status = 'TESTING'
  AND ($products IS NULL OR p.id IN $products)
RETURN DISTINCT p.id AS productId
"""
HUB = """
MATCH (p:DataProduct) WITH p, COUNT { (p)<-[:DEPENDS_ON]-() } AS consumers ORDER BY consumers DESC LIMIT 1
RETURN [p.id, consumers]
"""
LEAF = "MATCH (p:DataProduct) WHERE NOT EXISTS { (p)<-[:DEPENDS_ON]-() } WITH p ORDER BY p.urn LIMIT 1 RETURN [p.id, 0]"


def main(
    products: Annotated[int, typer.Option(help="Size of the mesh.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the mesh.")] = 2026,
    rounds: Annotated[int, typer.Option(help="Times each is done.")] = 7,
    uri: Annotated[str, typer.Option(help="A Neo4j of yours with the bench's mesh, or an empty one.")] = "",
    password: Annotated[str, typer.Option(help="Its password.", envvar="BENCH_NEO4J_PASSWORD")] = "",
) -> None:
    asyncio.run(run(products, seed, rounds, Endpoint(uri, "neo4j", password) if uri else None))


async def run(products: int, seed: int, rounds: int, given: Endpoint | None) -> None:
    folder = default_cache_dir() / "bench" / f"{products}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    if given is not None:
        await measured(given, products, seed, rounds)
        return
    async with database(folder) as endpoint:
        await measured(endpoint, products, seed, rounds)


async def measured(endpoint: Endpoint, products: int, seed: int, rounds: int) -> None:
    await load(endpoint, make_mesh(products, seed), policies())
    async with open_driver(endpoint) as driver:
        store = Neo4jStore(driver, endpoint.database)
        print("| what | median ms | of it CPU of the service | of |\n|---|---|---|---|")
        report = await report_on(store)
        domain = report.products[0].domain
        found = len(report.violations) + len(report.warnings)
        whole = f"{len(report.products):,} products, {len(report.policies)} policies, {found:,} findings"
        await row("report on the mesh", rounds, whole, lambda: report_on(store))
        await row("report on the mesh an instant ago", rounds, whole, lambda: report_on(store, as_of=report.as_of))
        inside = len((await report_on(store, Scope(domains=(domain,)))).products)
        await row(
            "report on a domain", rounds, f"{inside} products", lambda: report_on(store, Scope(domains=(domain,)))
        )
        one = Scope(ids=(report.products[0].id,))
        await row("report on a product", rounds, "1 product", lambda: report_on(store, one))
        await row("who violates", rounds, "the filter `compliant`", lambda: offending_ids(store))
        await writes(store, rounds)


async def writes(store: Neo4jStore, rounds: int) -> None:
    """Dry runs do all but the commit."""
    dry = WriteOptions(dry_run=True)
    for name, query in (("leaf", LEAF), ("hub", HUB)):
        product, consumers = await store.read(query)
        change = {"tags": ["bench"]}
        await row(
            f"judged update of a {name}",
            rounds * 3,
            f"{consumers:,} consumers",
            lambda product=product, change=change: update_product(store, CALLER, product, change, dry),
        )


def policies() -> list[PolicyInput]:
    """Twenty, half of them mandatory."""
    rules: list[dict[str, Any]] = [{"builtin": {"name": name, "parameters": given}} for name, given in BUILTIN]
    rules += [{"expression": text} for text in EXPRESSIONS]
    rules.append({"graph_pattern": PATTERN})
    kinds = ("MANDATORY", "ADVISORY")
    return [PolicyInput(f"bench_{number:02}", kinds[number % 2], rule) for number, rule in enumerate(rules)]


async def row(what: str, rounds: int, of: str, work: Callable[[], Awaitable[Any]]) -> None:
    await work()
    times, own = [], []
    for _ in range(rounds):
        started, spent = perf_counter(), process_time()
        await work()
        times.append((perf_counter() - started) * 1_000)
        own.append((process_time() - spent) * 1_000)
    print(f"| {what} | {median(times):,.1f} | {median(own):,.1f} | {of} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
