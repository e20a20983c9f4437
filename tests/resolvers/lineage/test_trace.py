import pytest

from resolvers.graph.partial_records import is_part
from resolvers.lineage import MAX_DEPTH, MAX_NODES, MAX_ROOTS, Direction, LineageEdge, Question, find_cycles, trace
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.portions import at_once
from resolvers.model.records import Product
from tests.mesh import AT
from tests.resolvers.lineage.graphs import NOW, arrows, cuts, names, pid, weave


async def ask(store, *roots, **given):
    return await trace(store, Question(tuple(pid(root) for root in roots), **given), NOW)


async def test_both_walks_meet_what_a_product_is_made_from_and_what_is_made_from_it(store):
    await weave(store, "events>profiles profiles>segments segments>campaigns events>clicks", alone="island")
    graph = await ask(store, "profiles")
    assert names(graph) == {
        "profiles": ("BOTH", 0, 0),
        "events": ("UPSTREAM", 1, 0),
        "segments": ("DOWNSTREAM", 1, 0),
        "campaigns": ("DOWNSTREAM", 2, 0),
    }
    assert arrows(graph) == ["events>profiles", "profiles>segments", "segments>campaigns"]
    assert (graph.depth_reached, graph.truncated, graph.truncation, graph.as_of) == (2, False, [], NOW)


@pytest.mark.parametrize(
    ("direction", "found"),
    [(Direction.UPSTREAM, {"events": 1, "profiles": 0}), (Direction.DOWNSTREAM, {"profiles": 0, "out": 1})],
)
async def test_one_direction_leaves_the_other_out(store, direction, found):
    await weave(store, "events>profiles profiles>out")
    graph = await ask(store, "profiles", direction=direction)
    assert {name: distance for name, (_, distance, _) in names(graph).items()} == found
    assert {side for side, _, _ in names(graph).values()} == {str(direction)}
    assert not graph.truncated


async def test_products_and_edges_come_whole(store):
    mesh = await weave(store, "a>b")
    graph = await ask(store, "b")
    assert graph.roots == [mesh.products[pid("b")]]
    assert [node.product for node in graph.nodes] == [mesh.products[pid("b")], mesh.products[pid("a")]]
    assert list(graph.edges) == [
        LineageEdge(pid("a"), pid("b"), "DATA", "DECLARED", AT, "urn:mesh:lab:a", "urn:mesh:lab:b")
    ]


async def test_only_the_fields_asked_for_are_read(store):
    await weave(store, "a>b")
    graph = await ask(store, "b", product_fields=("name", "owner_team"), edge_fields=("since",))
    product = graph.nodes[1].product
    assert (product.id, product.name, product.owner_team) == (pid("a"), "a", "lab-team")
    assert is_part(product, Product)
    assert not hasattr(product, "status")
    assert [edge._asdict() for edge in graph.edges] == [{"source": pid("a"), "target": pid("b"), "since": AT}]


async def test_a_diamond_has_its_tip_once_at_the_shorter_distance(store):
    await weave(store, "top>left top>right left>tip right>tip top>tip")
    graph = await ask(store, "tip", direction=Direction.UPSTREAM)
    assert names(graph) == {
        "tip": ("UPSTREAM", 0, 0),
        "left": ("UPSTREAM", 1, 0),
        "right": ("UPSTREAM", 1, 0),
        "top": ("UPSTREAM", 1, 0),
    }
    assert arrows(graph) == ["left>tip", "right>tip", "top>left", "top>right", "top>tip"]


async def test_edges_between_the_two_sides_are_there_too(store):
    await weave(store, "up>root root>down up>down")
    assert arrows(await ask(store, "root")) == ["root>down", "up>down", "up>root"]


async def test_a_product_on_both_sides_is_both_and_a_cycle_is_told(store):
    await weave(store, "a>b b>c c>a c>d")
    graph = await ask(store, "a")
    assert names(graph) == {"a": ("BOTH", 0, 0), "b": ("BOTH", 1, 0), "c": ("BOTH", 1, 0), "d": ("DOWNSTREAM", 3, 0)}
    assert at_once(find_cycles(graph.edges)) == [[pid("a"), pid("b"), pid("c")]]


async def test_a_product_that_feeds_itself_is_a_cycle_and_not_a_hidden_neighbour(store):
    await weave(store, "self>self self>next")
    graph = await ask(store, "self", depth=0)
    assert names(graph) == {"self": ("BOTH", 0, 1)}
    assert arrows(graph) == ["self>self"]
    assert at_once(find_cycles(graph.edges)) == [[pid("self")]]


async def test_a_product_without_edges_is_its_own_lineage(store):
    await weave(store, "a>b", alone="island")
    graph = await ask(store, "island")
    assert (names(graph), list(graph.edges), graph.depth_reached) == ({"island": ("BOTH", 0, 0)}, [], 0)


async def test_several_roots_in_one_answer_each_once(store):
    await weave(store, "a>b b>c x>y", alone="island")
    graph = await ask(store, "y", "b", "y", "island", direction=Direction.UPSTREAM)
    assert [root.id for root in graph.roots] == [pid("y"), pid("b"), pid("island")]
    assert names(graph) == {
        "b": ("UPSTREAM", 0, 0),
        "island": ("UPSTREAM", 0, 0),
        "y": ("UPSTREAM", 0, 0),
        "a": ("UPSTREAM", 1, 0),
        "x": ("UPSTREAM", 1, 0),
    }
    assert arrows(graph) == ["a>b", "x>y"]


async def test_depth_cuts_where_it_says(store):
    await weave(store, "a>b b>c c>d d>e d>f")
    graph = await ask(store, "b", depth=2)
    assert names(graph) == {
        "b": ("BOTH", 0, 0),
        "a": ("UPSTREAM", 1, 0),
        "c": ("DOWNSTREAM", 1, 0),
        "d": ("DOWNSTREAM", 2, 2),
    }
    assert (graph.truncated, cuts(graph), graph.depth_reached) == (True, [("DEPTH", "d")], 2)
    alone = await ask(store, "b", depth=0)
    assert (names(alone), cuts(alone)) == ({"b": ("BOTH", 0, 2)}, [("DEPTH", "b")])


@pytest.mark.parametrize("depth", [7, 9, 12, 39, MAX_DEPTH])
async def test_a_depth_between_two_texts_is_kept_to_the_edge(store, depth):
    await weave(store, " ".join(f"n{place:03d}>n{place + 1:03d}" for place in range(105)))
    graph = await ask(store, "n000", depth=depth, direction=Direction.DOWNSTREAM)
    assert (len(graph.nodes), graph.depth_reached) == (depth + 1, depth)
    assert cuts(graph) == [("DEPTH", f"n{depth:03d}")]


async def test_no_depth_has_no_end(store):
    await weave(store, " ".join(f"n{place:03d}>n{place + 1:03d}" for place in range(250)))
    graph = await ask(store, "n100", depth=None)
    assert (len(graph.nodes), graph.depth_reached, graph.truncated) == (251, 150, False)


async def test_the_budget_of_nodes_keeps_the_nearest_and_tells_the_rest(store):
    await weave(store, "hub>a1 hub>a2 hub>a3 a1>b1 a2>b2 a3>b3")
    graph = await ask(store, "hub", max_nodes=3, depth=None)
    assert names(graph) == {"hub": ("BOTH", 0, 1), "a1": ("DOWNSTREAM", 1, 1), "a2": ("DOWNSTREAM", 1, 1)}
    assert cuts(graph) == [("NODES", "hub"), ("NODES", "a1"), ("NODES", "a2")]
    assert arrows(graph) == ["hub>a1", "hub>a2"]


async def test_a_neighbour_that_is_provider_and_consumer_hides_once(store):
    await weave(store, "hub>x x>hub hub>y z>hub")
    assert names(await ask(store, "hub", max_nodes=1)) == {"hub": ("BOTH", 0, 3)}
    assert names(await ask(store, "hub", max_nodes=2)) == {"hub": ("BOTH", 0, 2), "x": ("BOTH", 1, 0)}


async def test_only_the_walked_side_counts_as_hidden(store):
    await weave(store, "a>b b>root other>b b>elsewhere")
    graph = await ask(store, "root", depth=1, direction=Direction.UPSTREAM)
    assert names(graph) == {"root": ("UPSTREAM", 0, 0), "b": ("UPSTREAM", 1, 2)}


async def test_a_hub_of_thousands_answers_with_the_nearest_places_only(store):
    await weave(store, " ".join(f"hub>c{place:04d} c{place:04d}>end" for place in range(2000)))
    graph = await ask(store, "hub", max_nodes=MAX_NODES)
    assert (len(graph.nodes), len(graph.edges), graph.truncated) == (2002, 4000, False)
    cut = await ask(store, "hub", depth=1, max_nodes=MAX_NODES)
    assert (len(cut.nodes), len(cut.truncation), cut.truncated) == (2001, 100, True)
    assert cuts(cut)[:2] == [("DEPTH", "c0000"), ("DEPTH", "c0001")]


async def test_unknown_roots_are_named(store):
    await weave(store, "a>b")
    with pytest.raises(UserFault, match=r"no data product with id 'prd_lab\.x', 'prd_lab\.y'\.") as fault:
        await ask(store, "a", "x", "y")
    assert (fault.value.code, fault.value.field) == (UserErrorCode.NOT_FOUND, ("roots",))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"depth": -1}, "depth", "0 .the roots alone. to 100, or null"),
        ({"depth": MAX_DEPTH + 1}, "depth", "got 101"),
        ({"max_nodes": 0}, "maxNodes", "1 to 100000"),
        ({"max_nodes": MAX_NODES + 1}, "maxNodes", "got 100001"),
        ({"as_of": "2026-06-01T00:00:00.000001Z"}, "asOf", "future"),
    ],
)
async def test_bad_bounds_say_what_would_do(store, given, field, words):
    with pytest.raises(UserFault, match=words) as fault:
        await ask(store, "a", **given)
    assert (fault.value.code, fault.value.field) == (UserErrorCode.INVALID_INPUT, (field,))


async def test_roots_are_bounded_and_fit_the_budget(store):
    for roots, given, words in (
        ([], {}, "at least one"),
        ([f"r{number}" for number in range(MAX_ROOTS + 1)], {}, "1001 roots are too many"),
        (["a", "b"], {"max_nodes": 1}, "no room for the 2 roots"),
    ):
        with pytest.raises(UserFault, match=words) as fault:
            await ask(store, *roots, **given)
        assert fault.value.code == UserErrorCode.INVALID_INPUT
