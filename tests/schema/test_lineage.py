"""Lineage as clients see it."""

import pytest

from tests.counting_store import CountingStore
from tests.graphql_execution import ask, ask_wrongly
from tests.mesh import AT, Mesh
from tests.resolvers.lineage.graphs import pid, weave

WHOLE = """
query ($roots: [ID!]!, $direction: LineageDirection, $depth: Int, $maxNodes: Int) {
  lineage(roots: $roots, direction: $direction, depth: $depth, maxNodes: $maxNodes) {
    roots { id name }
    nodes { direction distance hiddenNeighbours product { urn } }
    edges { source target kind origin since }
    depthReached truncated truncation { reason atNode } cycles
  }
}
"""
# Every field of a product that is made from the product's own record, or hangs off it.
PRODUCT = """
__typename id urn name description ownerTeam type status version tags classification revision createdAt updatedAt
metadata accessPoints { kind uri } domain { name } contract { version } contracts { nodes { version } }
dependencies { nodes { provider { urn } } } consumers { totalCount }
"""


def urn(name):
    return f"urn:mesh:lab:{name}"


def edge(source, target):
    return {"source": pid(source), "target": pid(target), "kind": "DATA", "origin": "DECLARED", "since": AT}


async def test_the_whole_graph_in_one_query(store):
    await weave(store, "a>b b>c c>b c>d d>e")
    counting = CountingStore(store)
    answer = await ask(counting, WHOLE, roots=[pid("b")], depth=2, direction="BOTH", maxNodes=100)
    answer["lineage"]["edges"].sort(key=lambda edge: (edge["target"], edge["source"]))
    assert answer["lineage"] == {
        "roots": [{"id": pid("b"), "name": "b"}],
        "nodes": [
            {"direction": "BOTH", "distance": 0, "hiddenNeighbours": 0, "product": {"urn": urn("b")}},
            {"direction": "UPSTREAM", "distance": 1, "hiddenNeighbours": 0, "product": {"urn": urn("a")}},
            {"direction": "BOTH", "distance": 1, "hiddenNeighbours": 0, "product": {"urn": urn("c")}},
            {"direction": "DOWNSTREAM", "distance": 2, "hiddenNeighbours": 1, "product": {"urn": urn("d")}},
        ],
        "edges": [edge("a", "b"), edge("c", "b"), edge("b", "c"), edge("c", "d")],
        "depthReached": 2,
        "truncated": True,
        "truncation": [{"reason": "DEPTH", "atNode": pid("d")}],
        "cycles": [[pid("b"), pid("c")]],
    }
    assert len(counting.queries) == 1


NESTED = """{ dataProducts { nodes { name lineage(direction: UPSTREAM, depth: 2) {
  nodes { distance product { name domain { name } } } edges { source target } truncated
} } } }"""


EVERYTHING = """
roots { id } nodes { distance hiddenNeighbours product { urn } } edges { source } depthReached truncated
truncation { reason } cycles
"""


class Asked(CountingStore):
    """Keeps what each walk was asked to read."""

    def __init__(self, store):
        super().__init__(store)
        self.asks = []

    async def read_within(self, seconds, query, /, **parameters):
        self.asks.append(parameters["arguments"])
        return await super().read_within(seconds, query, **parameters)


@pytest.mark.parametrize(
    ("fields", "edges", "counts"),
    [
        ("nodes { product { urn } }", False, False),
        ("depthReached roots { id }", False, False),
        ("cycles", True, False),
        ("edges { source }", True, False),
        ("truncated", True, True),
        ("truncation { reason }", True, True),
        ("nodes { distance hiddenNeighbours }", True, True),
    ],
)
async def test_edges_and_what_is_left_out_are_read_only_when_asked_for(store, fields, edges, counts):
    await weave(store, "a>b b>c c>b c>d d>e")
    query = 'query { lineage(roots: ["%s"], depth: 2, direction: BOTH) { %s } }'
    whole = await ask(store, query % (pid("b"), EVERYTHING))
    asked = Asked(store)
    part = await ask(asked, query % (pid("b"), fields))
    assert [(one["edges"], one["counts"]) for one in asked.asks] == [(edges, counts)]
    assert part["lineage"] == like(whole["lineage"], part["lineage"])


def like(whole, part):
    """Of `whole` what `part` has."""
    if isinstance(part, dict):
        return {key: like(whole[key], value) for key, value in part.items()}
    if isinstance(part, list):
        assert len(part) == len(whole)
        return [like(*both) for both in zip(whole, part, strict=True)]
    return whole


async def test_nothing_given_means_both_ways_five_edges(store):
    await weave(store, " ".join(f"n{place:02d}>n{place + 1:02d}" for place in range(20)))
    answer = await ask(store, "query ($id: ID!) { lineage(roots: [$id]) { nodes { product { id } } } }", id=pid("n10"))
    found = {node["product"]["id"] for node in answer["lineage"]["nodes"]}
    assert found == {pid(f"n{place:02d}") for place in range(5, 16)}


async def test_null_means_no_end_for_depth_and_the_default_for_the_rest(store):
    await weave(store, " ".join(f"n{place:02d}>n{place + 1:02d}" for place in range(20)))
    answer = await ask(store, WHOLE, roots=[pid("n10")], depth=None, direction=None, maxNodes=None)
    assert len(answer["lineage"]["nodes"]) == 21
    assert answer["lineage"]["truncated"] is False


async def test_every_field_of_a_product_is_as_it_is_elsewhere(store):
    mesh = Mesh()
    a, b = (
        mesh.product("lab", name, metadata={"tier": 1}, access=[{"kind": "API", "uri": "https://x"}], tags=["t"])
        for name in "ab"
    )
    mesh.contract(a, fields=["id"])
    mesh.depends(b, a)
    await mesh.write(store)
    direct = await ask(store, "query ($id: ID) { dataProduct(id: $id) {" + PRODUCT + "} }", id=a.id)
    below = (
        "query ($id: ID!) { lineage(roots: [$id]) { nodes { product { id ...F } } } } fragment F on DataProduct {%s}"
    )
    for fields in (
        PRODUCT,
        "urn domain { name }",
        "contract { version } metadata",
        "ownerTeam contracts { nodes { version } }",
    ):
        answer = await ask(store, below % fields, id=b.id)
        found = answer["lineage"]["nodes"][1]["product"]
        assert found == {key: direct["dataProduct"][key] for key in found}


async def test_the_lineages_of_a_list_are_one_query(store):
    await weave(store, "a>b b>c")
    counting = CountingStore(store)
    query = "{ dataProducts { nodes { name lineage(direction: UPSTREAM) { nodes { product { name } } cycles } } } }"
    answer = await ask(counting, query)
    found = {
        product["name"]: [node["product"]["name"] for node in product["lineage"]["nodes"]]
        for product in answer["dataProducts"]["nodes"]
    }
    assert found == {"a": ["a"], "b": ["b", "a"], "c": ["c", "b", "a"]}
    assert sum("walks" in query for query in counting.queries) == 1
    assert len(counting.queries) == 2


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"roots": [pid("nobody")]}, "NOT_FOUND", "There is no data product with id 'prd_lab.nobody'."),
        ({"roots": []}, "INVALID_INPUT", "Give the id of at least one data product."),
        (
            {"roots": [pid("a")], "depth": 101},
            "INVALID_INPUT",
            "depth is 0 (the roots alone) to 100, or null for no end; got 101.",
        ),
    ],
)
async def test_what_cannot_be_answered_says_why(store, given, code, words):
    await weave(store, "a>b")
    data, errors = await ask_wrongly(store, WHOLE, **given)
    field = "depth" if "depth" in given else "roots"
    assert data == {"lineage": None}
    assert errors == [{"message": words, "path": ["lineage"], "extensions": {"code": code, "field": [field]}}]


async def test_a_past_time_is_answered_in_any_zone_and_told(store):
    await weave(store, "a>b")
    query = (
        """query ($id: ID!) { lineage(roots: [$id], asOf: "2026-03-01T01:00:00+01:00") { asOf nodes { distance } } }"""
    )
    answer = await ask(store, query, id=pid("b"))
    assert answer["lineage"] == {"asOf": "2026-03-01T00:00:00.000000Z", "nodes": [{"distance": 0}, {"distance": 1}]}


async def test_roots_by_urn_edges_with_urns_and_nodes_with_ranks(store):
    await weave(store, "a>b b>c a>c c>d d>c d>e")
    query = """query ($roots: [ID!]!) { lineage(roots: $roots, direction: DOWNSTREAM) {
      roots { id } nodes { rank product { name } } edges { sourceUrn targetUrn }
    } }"""
    graph = (await ask(store, query, roots=[urn("a"), pid("a"), pid("b")]))["lineage"]
    assert graph["roots"] == [{"id": pid("a")}, {"id": pid("b")}]
    ranks = {node["product"]["name"]: node["rank"] for node in graph["nodes"]}
    assert ranks == {"a": 0, "b": 1, "c": 2, "d": 2, "e": 3}
    flows = sorted((edge["sourceUrn"], edge["targetUrn"]) for edge in graph["edges"])
    assert flows == [(urn(s), urn(t)) for s, t in ("ab", "ac", "bc", "cd", "dc", "de")]


async def test_ranks_alone_and_urns_alone_are_read(store):
    await weave(store, "a>b b>c")
    ranked = await ask(store, "query ($r: [ID!]!) { lineage(roots: $r) { nodes { rank } } }", r=[urn("c")])
    assert ranked == {"lineage": {"nodes": [{"rank": 2}, {"rank": 1}, {"rank": 0}]}}
    past = "query ($r: [ID!]!) { lineage(roots: $r, depth: 1) { edges { targetUrn } } }"
    assert await ask(store, past, r=[urn("c")]) == {"lineage": {"edges": [{"targetUrn": urn("c")}]}}


async def test_a_root_by_a_urn_that_is_not_there(store):
    await weave(store, "a>b")
    _, errors = await ask_wrongly(
        store, "query ($r: [ID!]!) { lineage(roots: $r) { nodes { rank } } }", r=[urn("x"), urn("a")]
    )
    assert [error["message"] for error in errors] == [f"There is no data product with urn '{urn('x')}'."]
