"""The questions that are measured."""

from bench.chosen import Chosen
from bench.shapes.compliance import reports
from bench.shapes.lineage import lineages
from bench.shapes.lists import discovery, full_text, nested, thousand
from bench.shapes.points import by_id, entities
from bench.shapes.shape import Shape, Variables

__all__ = ["Shape", "Variables", "all_shapes"]


def all_shapes(chosen: Chosen) -> list[Shape]:
    return [
        by_id(chosen),
        discovery(chosen),
        full_text(chosen),
        nested(chosen),
        thousand(chosen),
        entities(chosen),
        *lineages(chosen),
        *reports(chosen),
    ]
