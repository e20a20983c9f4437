"""Random graphs, each walked by the database and by a plain walk in Python; the two agree in every figure."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.graph.store import Transaction
from resolvers.lineage import Direction, Question, trace
from tests.resolvers.lineage.graphs import NOW
from tests.resolvers.lineage.walks import expected

GRAPHS = 60
PRODUCTS = 9
BOUNDS = ("direction", "depth", "max_nodes")
PAIRS = [(consumer, provider) for consumer in range(PRODUCTS) for provider in range(PRODUCTS)]

LOAD = """
UNWIND $rows AS row
CREATE (p:DataProduct {id: row.id, urn: row.id, name: row.id, createdAt: '2026-01-01T00:00:00.000000Z'})
"""
LINK = """
UNWIND $pairs AS pair
MATCH (a:DataProduct {id: pair[0]}), (b:DataProduct {id: pair[1]})
CREATE (a)-[:DEPENDS_ON {kind: 'DATA', origin: 'DECLARED', since: '2026-01-01T00:00:00.000000Z'}]->(b)
"""

questions = st.fixed_dictionaries(
    {
        "edges": st.lists(st.sampled_from(PAIRS), unique=True, max_size=24),
        "roots": st.lists(st.integers(0, PRODUCTS - 1), min_size=1, max_size=3, unique=True),
        "direction": st.sampled_from(list(Direction)),
        "depth": st.sampled_from([0, 1, 2, 3, 5, 7, None]),
        "max_nodes": st.integers(3, PRODUCTS + 1),
        "past": st.booleans(),
    }
)


async def test_the_answer_is_that_of_a_plain_walk(store):
    drawn: list[dict[str, Any]] = []

    @settings(max_examples=GRAPHS, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(questions)
    def draw(question):
        drawn.append(question)

    draw()
    await load(store, drawn)
    for number, question in enumerate(drawn):
        asked = to_question(number, question)
        await compare(store, number, question, asked)


async def load(store, drawn):
    """All graphs side by side in one database: the ids keep them apart."""
    ids = [name(graph, product) for graph in range(len(drawn)) for product in range(PRODUCTS)]
    rows = [{"id": id} for id in ids]
    links = [[name(n, a), name(n, b)] for n, question in enumerate(drawn) for a, b in question["edges"]]

    async def work(tx: Transaction) -> None:
        await tx.run(LOAD, rows=rows)
        await tx.run(LINK, pairs=links)

    await store.write(work)


def to_question(number, question):
    roots = tuple(name(number, root) for root in question["roots"])
    bounds = {bound: question[bound] for bound in BOUNDS}
    return Question(
        roots, **bounds, as_of=NOW if question["past"] else None, product_fields=("id",), edge_fields=("kind",)
    )


async def compare(store, number, question, asked):
    pairs = {(name(number, a), name(number, b)) for a, b in question["edges"]}
    graph = await trace(store, asked, NOW)
    wanted = expected(pairs, list(asked.roots), **{bound: question[bound] for bound in BOUNDS})
    found = {node.product.id: (str(node.direction), node.distance, node.hidden_neighbours) for node in graph.nodes}
    assert found == wanted.nodes
    assert list(found) == list(wanted.nodes)
    assert len(graph.edges) == len(wanted.edges)
    assert {(edge.source, edge.target) for edge in graph.edges} == wanted.edges
    assert graph.depth_reached == max(distance for _, distance, _ in wanted.nodes.values())
    assert {cut.at_node for cut in graph.truncation} == {node for node, (_, _, hidden) in found.items() if hidden}
    await compare_uncounted(store, asked, graph)


async def compare_uncounted(store, asked, counted):
    """Who asks for nothing of what is hidden gets the same graph and is told nothing of it."""
    graph = await trace(store, asked._replace(counts=False), NOW)
    assert list(graph.nodes) == [node._replace(hidden_neighbours=None) for node in counted.nodes]
    assert sorted(graph.edges) == sorted(counted.edges)
    assert (graph.truncated, graph.truncation) == (None, None)


def name(graph: int, product: int) -> str:
    return f"prd_{graph:03d}_{product}"
