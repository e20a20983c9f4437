from resolvers.lineage import LineageEdge, find_cycles
from resolvers.model.portions import at_once


def edges(arrows):
    return [LineageEdge(*arrow.split(">"), "DATA", "DECLARED", "") for arrow in arrows.split()]


def test_no_cycle_in_a_diamond():
    assert at_once(find_cycles(edges("a>b a>c b>d c>d"))) == []


def test_each_cycle_once_sorted_whatever_the_order_of_the_edges():
    arrows = "z>y y>z c>a a>b b>c b>z q>q"
    expected = [["a", "b", "c"], ["q"], ["y", "z"]]
    assert at_once(find_cycles(edges(arrows))) == expected
    assert at_once(find_cycles(edges(arrows)[::-1])) == expected


def test_cycles_that_share_a_product_are_one_set():
    assert at_once(find_cycles(edges("a>b b>a b>c c>b"))) == [["a", "b", "c"]]


def test_a_ring_longer_than_the_stack():
    ring = [LineageEdge(f"{n:06d}", f"{(n + 1) % 50_000:06d}", "DATA", "DECLARED", "") for n in range(50_000)]
    assert at_once(find_cycles(ring)) == [[f"{n:06d}" for n in range(50_000)]]
    assert at_once(find_cycles(ring[:-1])) == []
