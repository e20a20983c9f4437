"""The sample mesh as files: one for each domain, in the form of the mutations' inputs, and `mesh.json` for everything
that is not in one domain.

Products are named by urn. `status` is the status that a product is moved to after its creation.
"""

from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from graph_api.sample.evolution import Evolution, read_evolution
from resolvers.model.ids import product_urn

FOLDER = files("graph_api.sample")


class SampleProduct(NamedTuple):
    """`arguments` is a DataProductInput whose dependencies name their provider by urn. A deprecated product has a
    `successor`, and ends so many days after the load."""

    urn: str
    status: str
    arguments: dict[str, Any]
    successor: str | None = None
    sunset_in_days: int | None = None

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(dependency["provider"] for dependency in self.arguments["dependencies"])


class SampleEdge(NamedTuple):
    """A dependency that its consumer declares later: it closes a cycle. `arguments` is a DependencyInput."""

    consumer: str
    provider: str
    arguments: dict[str, Any]


class SampleMesh(NamedTuple):
    """All of it in the order of loading: providers before their consumers, policies after the products they find
    wanting, and what became of it at last."""

    domains: tuple[dict[str, Any], ...]
    products: tuple[SampleProduct, ...]
    edges: tuple[SampleEdge, ...]
    policies: tuple[dict[str, Any], ...]
    evolution: Evolution

    def first_contract(self, urn: str) -> dict[str, Any]:
        return next(product.arguments["contract"] for product in self.products if product.urn == urn)


@cache
def read_sample() -> SampleMesh:
    documents = [orjson.loads(file.read_bytes()) for file in sorted(_domain_files(), key=lambda file: file.name)]
    mesh = orjson.loads((FOLDER / "mesh.json").read_bytes())
    products = {product.urn: product for document in documents for product in map(_product, document["products"])}
    order = TopologicalSorter({urn: product.providers for urn, product in products.items()}).static_order()
    return SampleMesh(
        domains=tuple(document["domain"] for document in documents),
        products=tuple(products[urn] for urn in order),
        edges=tuple(SampleEdge(edge["consumer"], edge["provider"], edge["input"]) for edge in mesh["dependencies"]),
        policies=(*mesh["policies"], *(policy for document in documents for policy in document["policies"])),
        evolution=read_evolution(mesh["evolution"]),
    )


def _domain_files() -> Iterator[Any]:
    return (file for file in (FOLDER / "domains").iterdir() if file.name.endswith(".json"))


def _product(entry: dict[str, Any]) -> SampleProduct:
    arguments = entry["input"]
    urn = product_urn(arguments["domain"], arguments["name"])
    return SampleProduct(urn, entry["status"], arguments, entry.get("successor"), entry.get("sunsetInDays"))
