"""Checks, from the database's plan, that a graph pattern reads only nodes and relationships of the mesh.

A plan begins at nodes that it finds by a label, and goes on along relationships. Where every label and every type is
one of the mesh, so is every node. Webhooks, sessions, tokens, idempotency keys and the logs have other labels, and no
relationship of these types leads there.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

LABELS: Final = frozenset(
    {"DataProduct", "Domain", "DataContract", "ContractField", "ProductRevision", "Policy", "Waiver", "ChangeRequest"}
)
TYPES: Final = frozenset(
    {"DEPENDS_ON", "DEPENDED_ON", "IN_DOMAIN", "HAS_CONTRACT", "HAS_FIELD", "HAS_REVISION", "DERIVED_FROM"}
    | {"APPLIES_TO", "CONCERNS", "NEEDS"}
)
# Operators that begin at nodes or relationships of any kind, or of one that is known only when the query runs.
ANY_START: Final = re.compile(r"AllNodesScan|AllRelationshipsScan|ById|ByElementId|Dynamic")
# In the details, texts are parameters already, so a capital after a colon begins a label or type. In a map it may begin
# a variable; such a pattern is refused with the name of it.
_NAME: Final = r"[`(!]*[A-Z]\w*[`)]*"
# Names that `|`, `&` or `:` join: a capital word behind a space goes on with the query, as RETURN does.
NAMED: Final = re.compile(rf":\s*({_NAME}(?:\s*[|&:]\s*{_NAME})*)")
WORD: Final = re.compile(r"[A-Z]\w*")
UNTYPED: Final = re.compile(r"-\[[^\]:]*\]-|\)\s*<?--?-?>?\s*\(")
# What the planner left as a subquery inside an expression.
NESTED: Final = re.compile(r"MATCH\s+(.*?)(?=\bWHERE\b|\bRETURN\b|\bMATCH\b|\}|$)", re.DOTALL)
NODE: Final = re.compile(r"\(`?(\w+)`?\)")


class WrongPattern(ValueError):
    """A query that can't be a policy; the message says why."""


def check_reads(reads: Iterable[tuple[str, str]]) -> None:
    """`reads` are the plan's operators with their details. Raises `WrongPattern` unless all is of the mesh."""
    for operator, details in reads:
        if ANY_START.search(operator):
            raise WrongPattern("A graph pattern names the label of every node that it starts from: (p:DataProduct).")
        foreign = sorted(set(named(details)) - LABELS - TYPES)
        if foreign:
            raise WrongPattern(
                f"A graph pattern looks at the mesh alone, not at {', '.join(foreign)}. "
                f"That is {', '.join(sorted(LABELS))}."
            )
        if UNTYPED.search(details):
            raise WrongPattern("A graph pattern names the type of each relationship, e.g. -[:DEPENDS_ON]->.")
        unlabelled = sorted(set(nested_starts(details)))
        if unlabelled:
            raise WrongPattern(
                f"A graph pattern names the label of each node that it starts from; not of {unlabelled[0]}."
            )


def named(details: str) -> Iterator[str]:
    """Labels and types."""
    for match in NAMED.finditer(details):
        yield from WORD.findall(match[1])


def nested_starts(details: str) -> Iterator[str]:
    """Variables of nodes in subqueries that no relationship leads to and no label is asked of."""
    for pattern in NESTED.findall(details):
        for node in NODE.finditer(pattern):
            before, after = pattern[: node.start()].rstrip(), pattern[node.end() :].lstrip()
            if before.endswith(("-", ">")) or after.startswith(("-", "<")):
                continue
            if not re.search(rf"\b{node[1]}`?:`?[A-Z]", details):
                yield node[1]
