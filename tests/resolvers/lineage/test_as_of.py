import json

import pytest

from resolvers.graph.partial_records import is_part
from resolvers.lineage import Absence, AbsenceReason, Direction, Question, find_cycles, trace
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.portions import at_once
from resolvers.model.records import Product
from resolvers.writes.revisions import document
from tests.mesh import Mesh
from tests.resolvers.lineage.graphs import NOW, arrows, cuts, names, pid

JAN, FEB, MAR, APR, MAY = (f"2026-0{month}-01T00:00:00.000000Z" for month in range(1, 6))


async def as_of(store, at, *roots, **given):
    return await trace(store, Question(tuple(pid(root) for root in roots), as_of=at, **given), NOW)


@pytest.fixture
async def mesh(store):
    """`b` used `a` from January to March and again from April; `c` came in March and uses `b`; `d` did in March."""
    mesh = Mesh()
    a, b, c, d = (
        mesh.product("lab", name, created_at=at, updated_at=at)
        for name, at in zip("abcd", (JAN, JAN, MAR, JAN), strict=True)
    )
    mesh.depends(b, a, since=JAN, valid_to=MAR)
    mesh.depends(b, a, since=APR)
    mesh.depends(c, b, since=MAR)
    mesh.depends(d, b, since=MAR, valid_to=APR)
    return await mesh.write(store)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (JAN, ["a>b"]),
        (FEB, ["a>b"]),
        (MAR, ["b>c", "b>d"]),
        (APR, ["a>b", "b>c"]),
        (MAY, ["a>b", "b>c"]),
    ],
)
async def test_an_edge_holds_from_its_start_to_just_before_its_end(store, mesh, at, found):
    graph = await as_of(store, at, "b")
    assert arrows(graph) == found
    assert (graph.as_of, graph.truncated) == (at, False)
    assert set(names(graph)) == {"b"} | {name for arrow in found for name in arrow.split(">")}


async def test_the_present_sees_no_retired_edge(store, mesh):
    assert arrows(await trace(store, Question((pid("b"),)), NOW)) == ["a>b", "b>c"]


async def test_a_root_that_was_not_there_yet_is_absent_with_the_reason(store, mesh):
    graph = await as_of(store, FEB, "c")
    assert ([*graph.nodes], [*graph.edges], graph.roots) == ([], [], [])
    assert (graph.depth_reached, graph.truncated, graph.truncation, graph.as_of) == (0, False, [], FEB)
    assert graph.absent == [Absence(AbsenceReason.NOT_YET_CREATED, pid("c"), "urn:mesh:lab:c", MAR)]


async def test_roots_that_were_there_are_answered_beside_one_that_was_not(store, mesh):
    graph = await as_of(store, FEB, "c", "b")
    assert [product.id for product in graph.roots] == [pid("b")]
    assert arrows(graph) == ["a>b"]
    assert [absence.root for absence in graph.absent] == [pid("c")]
    assert (await as_of(store, MAR, "c", "b")).absent == []


async def test_a_root_that_never_was_is_an_error_at_a_past_time_too(store, mesh):
    with pytest.raises(UserFault, match=r"There is no data product with id 'prd_lab\.x'\.") as fault:
        await as_of(store, FEB, "c", "x")
    assert fault.value.code == UserErrorCode.NOT_FOUND


async def test_a_product_that_was_not_there_yet_is_left_out_whatever_its_edges_say(store):
    mesh = Mesh()
    early = mesh.product("lab", "early", created_at=JAN, updated_at=JAN)
    late = mesh.product("lab", "late", created_at=MAR, updated_at=MAR)
    mesh.depends(late, early, since=JAN)
    await mesh.write(store)
    graph = await as_of(store, FEB, "early")
    assert (names(graph), list(graph.edges)) == ({"early": ("BOTH", 0, 0)}, [])
    assert names(await as_of(store, FEB, "early", depth=0)) == {"early": ("BOTH", 0, 0)}


async def test_hidden_neighbours_are_those_of_that_time(store, mesh):
    assert names(await as_of(store, MAR, "b", depth=0)) == {"b": ("BOTH", 0, 2)}
    graph = await as_of(store, APR, "b", max_nodes=2, direction=Direction.DOWNSTREAM)
    assert (names(graph), cuts(graph)) == ({"b": ("DOWNSTREAM", 0, 0), "c": ("DOWNSTREAM", 1, 0)}, [])


async def test_a_mutual_neighbour_of_that_time_hides_once(store):
    mesh = Mesh()
    a, b = (mesh.product("lab", name, created_at=JAN, updated_at=JAN) for name in "ab")
    mesh.depends(a, b, since=JAN)
    mesh.depends(b, a, since=JAN, valid_to=MAR)
    await mesh.write(store)
    assert names(await as_of(store, FEB, "a", depth=0)) == {"a": ("BOTH", 0, 1)}
    assert at_once(find_cycles((await as_of(store, FEB, "a")).edges)) == [[pid("a"), pid("b")]]
    assert at_once(find_cycles((await as_of(store, MAR, "a")).edges)) == []


async def test_products_show_what_they_were(store, cypher):
    mesh = Mesh()
    first = mesh.product("lab", "a", created_at=JAN, updated_at=JAN, status="TESTING", metadata={"tier": 3})
    await mesh.write(store)
    await keep_revision(cypher, first, MAR)
    await keep_revision(cypher, first._replace(status="PRODUCTION", revision=2, updated_at=MAR), None)
    assert (await as_of(store, FEB, "a")).nodes[0].product == first._replace(metadata_json='{"tier":3}')
    assert (await as_of(store, MAR, "a")).nodes[0].product.status == "PRODUCTION"
    slim = (await as_of(store, FEB, "a", product_fields=("id",), edge_fields=("kind",))).nodes[0].product
    assert (slim.id, is_part(slim, Product), hasattr(slim, "status")) == (pid("a"), True, False)


async def keep_revision(cypher, product, valid_to):
    """The revision `product` as the write path keeps it."""
    await cypher(
        "MATCH (p:DataProduct {id: $id})"
        " MERGE (p)-[:HAS_REVISION]->(r:ProductRevision {productId: $id, revision: $revision})"
        " SET r.validFrom = $validFrom, r.validTo = $validTo, r.documentJson = $document",
        id=product.id,
        revision=product.revision,
        validFrom=product.updated_at,
        validTo=valid_to,
        document=json.dumps(document(product)),
    )
