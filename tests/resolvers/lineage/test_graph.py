"""The mesh in memory, by itself."""

from hypothesis import given
from hypothesis import strategies as st

from resolvers.graph.product_snapshot import CARD
from resolvers.lineage.graph import Found, Graph, Provider

PRODUCTS = "abcdef"


def found(name, *providers, status="DRAFT", since="then"):
    card = [f"{field} of {name}" for field in CARD]
    card[CARD.index("id")], card[CARD.index("status")] = name, status
    return Found(tuple(card), [Provider(provider, ("feeds", "DECLARED", since)) for provider in providers])


def edges(graph):
    """(consumer, provider, since) of each, as the providers tell it."""
    ids = {number: id for id, number in graph.numbers.items()}
    return {
        (ids[number], ids[provider], since)
        for number, providers in enumerate(graph.providers)
        for provider, (_, _, since) in zip(providers, graph.told[number], strict=True)
    }


def backwards(graph):
    """(consumer, provider) of each, as the consumers tell it; sorted, so that one that is told twice shows."""
    ids = {number: id for id, number in graph.numbers.items()}
    pairs = enumerate(graph.consumers)
    return sorted((ids[consumer], ids[number]) for number, consumers in pairs for consumer in consumers)


def test_edges_are_there_both_ways():
    graph = Graph([found("a", "b", "c"), found("b"), found("c", "b")])
    assert edges(graph) == {("a", "b", "then"), ("a", "c", "then"), ("c", "b", "then")}
    assert backwards(graph) == [("a", "b"), ("a", "c"), ("c", "b")]
    assert (len(graph), graph.edges) == (3, 3)


def test_what_is_put_again_takes_the_place_of_what_was():
    graph = Graph([found("a", "b"), found("b"), found("c")])
    graph.put([found("a", "c", status="PUBLISHED", since="now")])
    assert edges(graph) == {("a", "c", "now")}
    assert backwards(graph) == [("a", "c")]
    assert [card[CARD.index("status")] for card in graph.cards] == ["PUBLISHED", "DRAFT", "DRAFT"]
    assert (len(graph), graph.edges) == (3, 1)


def test_an_edge_that_is_declared_anew_is_told_anew():
    graph = Graph([found("a", "b"), found("b")])
    graph.put([found("a", "b", since="now")])
    assert (edges(graph), backwards(graph), graph.edges) == ({("a", "b", "now")}, [("a", "b")], 1)


def test_an_edge_to_a_product_that_is_not_here_is_left_out():
    graph = Graph([found("a", "b", "z"), found("b")])
    assert (edges(graph), graph.edges) == ({("a", "b", "then")}, 1)
    graph.put([found("z"), found("a", "b", "z")])
    assert (edges(graph), graph.edges) == ({("a", "b", "then"), ("a", "z", "then")}, 2)


def test_a_product_that_feeds_itself():
    graph = Graph([found("a", "a")])
    assert (edges(graph), backwards(graph), graph.edges) == ({("a", "a", "then")}, [("a", "a")], 1)
    graph.put([found("a")])
    assert (edges(graph), backwards(graph), graph.edges) == (set(), [], 0)


@given(st.lists(st.tuples(st.sampled_from(PRODUCTS), st.sets(st.sampled_from(PRODUCTS))), max_size=12))
def test_however_it_came_to_be_it_is_as_if_it_were_read_at_once(changes):
    graph = Graph([found(name) for name in PRODUCTS])
    last = dict.fromkeys(PRODUCTS, frozenset[str]())
    for name, providers in changes:
        graph.put([found(name, *sorted(providers))])
        last[name] = frozenset(providers)
    pairs = sorted((name, provider) for name, providers in last.items() for provider in providers)
    assert sorted((consumer, provider) for consumer, provider, _ in edges(graph)) == pairs
    assert backwards(graph) == pairs
    assert graph.edges == len(pairs)
