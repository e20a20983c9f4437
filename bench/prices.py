"""`python -m bench.prices`: what fields that read much of the mesh cost beside ordinary questions, in units of cost.

A unit is what ordinary lists take for each object that they are priced at. Questions are interleaved, so that a busy
moment meets all alike, and the fastest of each is taken.
"""

import asyncio
import os
import random
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import typer
from graphql import parse

from bench.bystander import Mesh, prepared
from bench.data import database
from bench.hostile import FACETS, impact, past, report
from bench.http_client import HttpClient, graphql
from bench.service import serving
from graph_api.execution.cost import CostModel
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import default_cache_dir
from schema.schema import schema

FIELDS = "id urn name status version ownerTeam"
ENTITIES = f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on DataProduct {{ {FIELDS} }} }} }}"
NESTED = """{ dataProducts(first: 20) { nodes { id dependencies(first: 20) { nodes { provider { id
  dependencies(first: 20) { nodes { provider { id name } } } } } } } } }"""


class Question(NamedTuple):
    name: str
    query: str
    variables: dict[str, Any]
    ordinary: bool

    @property
    def price(self) -> float:
        return CostModel(schema._schema, {}, 200_000).price(parse(self.query).definitions[0], self.variables)  # type: ignore[arg-type]


def questions(mesh: Mesh) -> list[Question]:
    representations = [{"__typename": "DataProduct", "id": one} for one in mesh.ids[:1000]]
    ordinary = {
        "50 products": f"{{ dataProducts(first: 50) {{ nodes {{ {FIELDS} }} }} }}",
        "1,000 products x 6 fields": f"{{ dataProducts(first: 1000) {{ nodes {{ {FIELDS} }} }} }}",
        "3-level nested": NESTED,
        "contracts of 100 products": "{ dataProducts(first: 100) { nodes { contract { version fields { path } } } } }",
        "lineage, 1,000 nodes": f'{{ lineage(roots: ["{mesh.ids[0]}"]) {{ nodes {{ product {{ name }} }} }} }}',
    }
    scope = f'(scope: {{domain: "{mesh.domains[0]}"}})'
    status = "filter: {status: [TESTING]}"
    wide = {
        "complianceReport": f"{{ {report(None)} }}",
        "complianceReport of a domain": f"{{ complianceReport{scope} {{ checkedProducts }} }}",
        "complianceReport of 100 products": "",
        "complianceHistory": "{ complianceHistory { changes(first: 1) { nodes { at } } } }",
        "filter compliant": "{ dataProducts(first: 1, filter: {compliant: true}) { nodes { id } } }",
        "facets": f"{{ dataProducts(first: 1) {{ {FACETS} }} }}",
        "totalCount": "{ dataProducts(first: 1) { totalCount } }",
        "totalCount, filtered": f"{{ dataProducts(first: 1, {status}) {{ totalCount }} }}",
        "impact of a hub": f"{{ {impact(mesh.ids[0])} }}",
        "lineage(asOf), 1,000 nodes": "{ "
        + past(mesh.ids[0], f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}").replace("10000", "1000")
        + " }",
    }
    ids = ", ".join(f'"{one}"' for one in mesh.ids[:100])
    wide["complianceReport of 100 products"] = (
        f"{{ complianceReport(scope: {{products: [{ids}]}}) {{ checkedProducts }} }}"
    )
    return [
        *(Question(name, query, {}, True) for name, query in ordinary.items()),
        Question("1,000 entities", ENTITIES, {"r": representations}, True),
        *(Question(name, query, {}, False) for name, query in wide.items()),
    ]


def main(
    products: Annotated[int, typer.Option(help="Size of the mesh.")] = 10_000,
    rounds: Annotated[int, typer.Option(help="Times each is asked.")] = 7,
    seed: Annotated[int, typer.Option(help="Seed of the mesh.")] = 2026,
) -> None:
    asyncio.run(run(products, rounds, seed))


async def run(products: int, rounds: int, seed: int) -> None:
    folder = default_cache_dir() / "bench" / f"{products}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    async with database(folder) as endpoint:
        mesh = await prepared(endpoint, products, seed)
        await asyncio.to_thread(measured, endpoint, folder, mesh, rounds)


def measured(endpoint: Endpoint, folder: Path, mesh: Mesh, rounds: int) -> None:
    load = os.getloadavg()[0]
    with serving(endpoint, folder) as port, closing(HttpClient("127.0.0.1", port)) as client:
        asked = questions(mesh)
        requests = {one.name: client.request(graphql(one.query, one.variables)) for one in asked}
        times: dict[str, list[float]] = {one.name: [] for one in asked}
        for number in range(rounds + 2):
            for one in random.Random(number).sample(asked, len(asked)):
                started = perf_counter()
                client.exchange(requests[one.name])
                if number >= 2:  # the first plan
                    times[one.name].append((perf_counter() - started) * 1_000)
    fastest = {name: min(found) for name, found in times.items()}
    unit = median(fastest[one.name] / one.price for one in asked if one.ordinary)
    print(f"{len(mesh.ids):,} products, {os.cpu_count()} cores, load average {load:.1f} to {os.getloadavg()[0]:.1f}")
    print(f"a unit takes {unit * 1_000:.0f} microseconds\n")
    print("| question | ms | of them, median | price | in measured units |\n|---|---|---|---|---|")
    for one in asked:
        ms = fastest[one.name]
        print(f"| {one.name} | {ms:,.1f} | {median(times[one.name]):,.1f} | {one.price:,.0f} | {ms / unit:,.0f} |")


if __name__ == "__main__":
    typer.run(main)
