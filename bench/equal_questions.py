"""What is asked of two meshes: the same text, with values for which both give answers of the same size."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from bench.alike import (
    Neighbours,
    closest,
    equal_keys,
    lineage_sizes,
    neighbours,
    nested_size,
    pairs_of_equals,
)
from bench.http_client import HttpClient
from bench.mesh import SHAPES, SUBJECTS, TYPES, Mesh
from bench.shapes import Variables
from bench.shapes.compliance import REPORT
from bench.shapes.lineage import OURS as LINEAGE
from bench.shapes.lists import DISCOVERY, TEXT, THOUSAND
from bench.shapes.points import BY_ID, ENTITIES

INSTANCES = 10
POINTS = 50
CANDIDATES = 600
LINEAGES = (100, 800)
JUDGED = 250
FIRST = ("000", "0001", "0002")  # digits of a product's number
STATUS = "PRODUCTION"
NESTED = """query ($id: ID!) { dataProduct(id: $id) { id dependencies(first: 50) { nodes { provider { id
  dependencies(first: 50) { nodes { provider { id name } } } } } } } }"""

COMPLIANCE = f"query ($ids: [ID!]!) {{ complianceReport(scope: {{products: $ids}}) {REPORT} }}"


class Question(NamedTuple):
    """`small[i]` and `large[i]` are variables of the same question. `size_of` tells of an answer how large it is; these
    have to be equal when `exact`. `weight` is S or L, as a shape's size."""

    name: str
    query: str
    small: list[Variables]
    large: list[Variables]
    size_of: Callable[[Any], str]
    exact: bool = True
    weight: str = "S"


class RootProduct(NamedTuple):
    """A mesh, its products' ids by urn, its service, and who is beside whom in it."""

    mesh: Mesh
    ids: dict[str, str]
    client: HttpClient
    graph: Neighbours

    def id(self, product: int) -> str:
        return self.ids[self.mesh.urn(product)]

    def some(self, count: int) -> list[int]:
        """Products drawn from a seed."""
        everything = range(len(self.mesh.products))
        return random.Random(7).sample(everything, min(count, len(everything)))


def equal_questions(
    small: tuple[Mesh, dict[str, str], HttpClient], large: tuple[Mesh, dict[str, str], HttpClient]
) -> list[Question]:
    here, there = RootProduct(*small, neighbours(small[0])), RootProduct(*large, neighbours(large[0]))
    questions = [
        by_id(here, there),
        discovery(here, there),
        full_text(here, there),
        nested(here, there),
        thousand(here, there),
        entities(here, there),
        *lineages(here, there),
        compliance(here, there),
    ]
    for one in questions:
        if not one.small:
            print(f"left out, since no answers are equally large: {one.name}", flush=True)
    return [one for one in questions if one.small]


def by_id(here: RootProduct, there: RootProduct) -> Question:
    small, large = ([{"id": one.id(product)} for product in one.some(POINTS)] for one in (here, there))
    return Question("product by id", BY_ID, small, large, lambda data: str(len([data["dataProduct"]["id"]])))


def discovery(here: RootProduct, there: RootProduct) -> Question:
    def sizes(mesh: Mesh) -> dict[str, int]:
        found = Counter(one["domain"] for one in mesh.products if one["status"] == STATUS)
        return {domain: min(50, number) for domain, number in found.items()}

    pairs = pairs_of_equals(sizes(here.mesh), sizes(there.mesh), INSTANCES)
    small, large = ([{"domain": pair[side], "status": STATUS} for pair in pairs] for side in (0, 1))
    return Question("discovery, up to 50 rows", DISCOVERY, small, large, rows)


def full_text(here: RootProduct, there: RootProduct) -> Question:
    """The first numbers are in both meshes, so some texts find equally many; those that find the most are asked."""
    texts = [f"{subject} {shape} {first}*" for first in FIRST for subject in SUBJECTS for shape in SHAPES]
    found = [
        {text: len(one.client.ask(TEXT, {"text": text})["dataProducts"]["nodes"]) for text in texts}
        for one in (here, there)
    ]
    equal = sorted(equal_keys(*found), key=lambda text: -found[0][text])
    asked = [{"text": text} for text in equal[:INSTANCES]]
    return Question("full text", TEXT, asked, asked, rows)


def nested(here: RootProduct, there: RootProduct) -> Question:
    """Roots of the same number of providers and of providers behind them; rather larger ones."""

    def sizes(one: RootProduct) -> dict[int, tuple[int, int]]:
        found = {root: nested_size(one.graph, root) for root in one.some(5 * CANDIDATES)}
        return {root: size for root, size in found.items() if 3 <= size[0] <= 10 and 8 <= size[1] <= 50}

    pairs = pairs_of_equals(sizes(here), sizes(there), INSTANCES)
    small, large = ([{"id": one.id(pair[side])} for pair in pairs] for side, one in ((0, here), (1, there)))

    def size_of(data: Any) -> str:
        first = data["dataProduct"]["dependencies"]["nodes"]
        return f"{len(first)}+{sum(len(one['provider']['dependencies']['nodes']) for one in first)}"

    return Question("3-level nested", NESTED, small, large, size_of)


def thousand(here: RootProduct, there: RootProduct) -> Question:
    counts = [Counter(product["type"] for product in one.mesh.products) for one in (here, there)]
    size = min(1_000, *(count[kind] for count in counts for kind in TYPES[1:]))
    query = THOUSAND.replace("first: 1000", f"first: {size}")
    asked = [{"type": kind} for kind in TYPES[1:]]
    return Question(f"{size:,} products x 6 fields", query, asked, asked, rows)


def entities(here: RootProduct, there: RootProduct) -> Question:
    size = min(1_000, *(len(one.mesh.products) for one in (here, there)))
    small, large = (
        [{"representations": [{"__typename": "DataProduct", "id": one.id(product)} for product in one.some(size)]}]
        for one in (here, there)
    )
    return Question(f"{size:,} entities", ENTITIES, small, large, lambda data: str(len(data["_entities"])))


def lineages(here: RootProduct, there: RootProduct) -> list[Question]:
    sizes = [lineage_sizes(one.graph, one.some(CANDIDATES), 2 * max(LINEAGES)) for one in (here, there)]
    questions = []
    for wanted in LINEAGES:
        small, large = closest(*sizes, wanted)
        query = LINEAGE.replace("DIRECTION", small[0]).replace("DEPTH", "5")
        instances = [[{"id": one.id(root)}] for one, (_, root) in ((here, small), (there, large))]
        questions.append(Question(f"lineage, about {wanted} nodes", query, *instances, graph_size, False, "L"))
    return questions


def compliance(here: RootProduct, there: RootProduct) -> Question:
    """Of as many products, whose findings differ in number by little."""
    size = min(JUDGED, *(len(one.mesh.products) for one in (here, there)))
    small, large = ([{"ids": [one.id(product) for product in one.some(size)]}] for one in (here, there))

    def size_of(data: Any) -> str:
        return f"{data['complianceReport']['checkedProducts']:,}"

    return Question(f"compliance of {size:,} products", COMPLIANCE, small, large, size_of, weight="L")


def rows(data: Any) -> str:
    return str(len(data["dataProducts"]["nodes"]))


def graph_size(data: Any) -> str:
    found = data["lineage"]
    return f"{len(found['nodes']):,} nodes, {len(found['edges']):,} edges"
