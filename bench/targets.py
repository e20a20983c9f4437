"""The products whose tags are written: they keep to every policy that refuses, so that each write goes through."""

from collections import Counter
from typing import NamedTuple

from bench.mesh import Mesh

PROVIDERS = 2  # of a leaf; alike in every mesh


class Target(NamedTuple):
    """`tags` are those that the mesh gives it, and that it has again after a run."""

    id: str
    urn: str
    tags: list[str]
    consumers: int


class Targets(NamedTuple):
    """`leaves` have no consumers, `hub` has the most."""

    leaves: list[Target]
    hub: Target


def choose_targets(mesh: Mesh, ids: dict[str, str], leaves: int = 3) -> Targets:
    """`ids` by urn."""
    consumers = Counter(provider for _, provider in mesh.edges)
    providers = Counter(consumer for consumer, _ in mesh.edges)
    fit = [number for number, product in enumerate(mesh.products) if product["contract"] is not None]
    ends = [
        number
        for number in fit
        if not consumers[number] and providers[number] == PROVIDERS and mesh.products[number]["status"] == "PRODUCTION"
    ]
    if len(ends) < leaves:
        raise ValueError(f"a mesh of {len(mesh.products)} products has too few leaves to write to")

    def target(number: int) -> Target:
        urn = mesh.urn(number)
        return Target(ids[urn], urn, mesh.products[number]["tags"], consumers[number])

    return Targets([target(number) for number in ends[:leaves]], target(max(fit, key=lambda one: consumers[one])))
