"""Two meshes are asked questions whose answers are of the same size."""

from bench.alike import Size, closest, equal_keys, lineage_sizes, neighbours, nested_size, pairs_of_equals
from bench.mesh import Mesh

# 0 and 1 use 2; 2 uses 3; 3 and 4 use each other.
PRODUCTS = [{"domain": "d", "name": str(number)} for number in range(5)]
MESH = Mesh([], PRODUCTS, [(0, 2), (1, 2), (2, 3), (3, 4), (4, 3)])
GRAPH = neighbours(MESH)


def test_lineages_are_as_large_as_their_nodes_and_the_edges_between_them():
    sizes = lineage_sizes(GRAPH, range(5), most=10)
    assert sizes["UPSTREAM", 0] == Size(4, 4)
    assert sizes["UPSTREAM", 2] == Size(3, 3)
    assert sizes["DOWNSTREAM", 2] == Size(3, 2)
    assert sizes["DOWNSTREAM", 4] == Size(5, 5)
    assert len(sizes) == 10


def test_lineages_that_are_too_large_are_left_out():
    sizes = lineage_sizes(GRAPH, range(5), most=3)
    assert sorted(root for direction, root in sizes if direction == "UPSTREAM") == [2, 3, 4]
    assert sorted(root for direction, root in sizes if direction == "DOWNSTREAM") == [0, 1, 2]


def test_of_those_about_as_large_as_wanted_the_most_alike_are_chosen():
    up, down = "UPSTREAM", "DOWNSTREAM"
    small = {(up, 1): Size(100, 300), (up, 2): Size(97, 150), (down, 3): Size(100, 160)}
    large = {(up, 4): Size(100, 140), (up, 5): Size(98, 150), (up, 6): Size(100, 160)}
    assert closest(small, large, 100) == ((up, 2), (up, 5))
    # in the other direction there is nobody to compare with, however alike
    assert closest({**small, (down, 7): Size(100, 140)}, large, 100) == ((up, 2), (up, 5))


def test_a_nested_answer_is_as_large_as_its_two_levels():
    assert nested_size(GRAPH, 0) == (1, 1)
    assert nested_size(GRAPH, 3) == (1, 1)
    assert nested_size(neighbours(MESH._replace(edges=[(0, 1), (0, 2), (1, 3), (2, 3), (2, 4)])), 0) == (2, 3)


def test_pairs_are_of_the_same_size_and_nothing_is_in_two():
    small = {"a": 50, "b": 7, "c": 50, "d": 50, "e": 9}
    large = {"v": 9, "w": 50, "x": 8, "y": 50}
    assert pairs_of_equals(small, large, 10) == [("a", "w"), ("c", "y"), ("e", "v")]
    assert pairs_of_equals(small, large, 1) == [("a", "w")]
    assert pairs_of_equals({"a": 1}, {"b": 2}, 10) == []


def test_texts_that_find_nothing_are_not_equal():
    assert equal_keys({"a": 3, "b": 0, "c": 4, "d": 1}, {"a": 3, "b": 0, "c": 5}) == ["a"]
