"""Lineage: what a product is made from (up) and what is made from it (down), with what the answer leaves out."""

from resolvers.lineage.cycles import find_cycles
from resolvers.lineage.loader import lineage_loader
from resolvers.lineage.records import (
    Absence,
    AbsenceReason,
    Direction,
    Level,
    LineageEdge,
    LineageGraph,
    LineageNode,
    Reason,
    Truncation,
)
from resolvers.lineage.request import MAX_DEPTH, MAX_NODES, MAX_ROOTS, Question
from resolvers.lineage.service import trace, trace_each, warm

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_ROOTS",
    "Absence",
    "AbsenceReason",
    "Direction",
    "Level",
    "LineageEdge",
    "LineageGraph",
    "LineageNode",
    "Question",
    "Reason",
    "Truncation",
    "find_cycles",
    "lineage_loader",
    "trace",
    "trace_each",
    "warm",
]
