"""The mesh that figures are about is the same on every machine, and has what the bench says it has."""

from collections import Counter

from bench.chosen import choose
from bench.mesh import HUB_SHARES, LAYERS, make_mesh

MESH = make_mesh(2_000)
WIDTH = 2_000 // LAYERS


def test_a_seed_makes_one_mesh():
    assert make_mesh(2_000) == MESH
    assert make_mesh(2_000, seed=1) != MESH


def test_edges_are_distinct_and_between_two_products():
    assert len(set(MESH.edges)) == len(MESH.edges)
    assert all(consumer != provider for consumer, provider in MESH.edges)


def test_hubs_have_their_share_of_consumers():
    consumers = Counter(provider for _, provider in MESH.edges)
    largest = [count for _, count in consumers.most_common(len(HUB_SHARES))]
    assert largest[0] > 0.2 * len(MESH.products)
    assert sorted(largest, reverse=True) == largest


def test_there_are_cycles_and_all_else_flows_down_the_layers():
    edges = set(MESH.edges)
    mutual = {pair for pair in edges if pair[::-1] in edges}
    against = {(a, b) for a, b in edges - mutual if a // WIDTH < b // WIDTH}
    assert mutual
    assert 1 <= len(against) <= 5


def test_documents_come_in_the_order_an_import_wants():
    kinds = [document["kind"] for document in MESH.documents()]
    assert kinds == ["Domain"] * len(MESH.domains) + ["DataProduct"] * 2_000 + ["Dependency"] * len(MESH.edges)


def test_questions_are_the_same_on_every_run_and_sized():
    ids = {MESH.urn(number): f"prd_{number}" for number in range(2_000)}
    chosen = choose(MESH, ids)
    assert chosen == choose(MESH, ids)
    assert min(chosen.lineages) in range(90, 111)
    assert len(set(chosen.products)) == 1_000
