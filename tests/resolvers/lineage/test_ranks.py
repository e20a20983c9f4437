from resolvers.lineage.ranks import find_ranks
from resolvers.model.portions import at_once


def ranks(arrows, alone=""):
    pairs = [arrow.split(">") for arrow in arrows.split()]
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    return at_once(find_ranks([*alone.split(), *sources, *targets], sources, targets))


def test_the_longest_path_counts():
    assert ranks("a>b b>c a>c c>d a>d", alone="z") == {"a": 0, "b": 1, "c": 2, "d": 3, "z": 0}


def test_the_products_of_a_cycle_share_a_rank():
    assert ranks("a>b b>c c>d d>b d>e c>e q>q q>r") == {"a": 0, "b": 1, "c": 1, "d": 1, "e": 2, "q": 0, "r": 1}


def test_a_chain_longer_than_the_stack():
    names = [f"{n:06d}" for n in range(50_000)]
    assert at_once(find_ranks(reversed(names), names[:-1], names[1:])) == {name: n for n, name in enumerate(names)}
