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
# Texts that the planner did not make parameters of: they may look like anything.
TEXT: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
# What the planner left as a subquery inside an expression. It shows no operators of it, only its clauses, with all
# labels moved to the condition: `MATCH (d)-[`anon_0`:IN_DOMAIN*0..2]-(e) WHERE d:Domain AND d.x = $autoint_0`.
_NEXT: Final = (
    r"\b(?:WHERE|RETURN|MATCH|OPTIONAL|UNWIND|CALL|UNION|ORDER BY|SKIP|LIMIT)\b|(?<!STARTS )(?<!ENDS )\bWITH\b|\}|$"
)
NESTED: Final = re.compile(rf"\bMATCH\b(.*?)(?:\bWHERE\b(.*?))?(?={_NEXT})", re.DOTALL)
_NAMED_ONE: Final = r"(?:`[^`]*`|\w+)"
NODE: Final = re.compile(rf"\(({_NAMED_ONE})\)")
RELATIONSHIP: Final = re.compile(rf"<?-\[{_NAMED_ONE}:[A-Z_]+(?:\|[A-Z_]+)*(\*[\d.]*)?\]->?")
PATH: Final = re.compile(rf"(?:{_NAMED_ONE}\s*=\s*)?{NODE.pattern}(?:{RELATIONSHIP.pattern}{NODE.pattern})*")
LABELLED: Final = re.compile(rf"({_NAMED_ONE}):[A-Z]\w*")


class WrongPattern(ValueError):
    """A query that can't be a policy; the message says why."""


def check_reads(reads: Iterable[tuple[str, str]]) -> None:
    """`reads` are the plan's operators with their details. Raises `WrongPattern` unless all is of the mesh."""
    for operator, shown in reads:
        details = TEXT.sub("''", shown)
        if ANY_START.search(operator) or (operator.startswith("NodeCount") and not any(named(details))):
            raise WrongPattern("A graph pattern names the label of every node that it starts from: (p:DataProduct).")
        foreign = sorted(set(named(details)) - LABELS - TYPES)
        if foreign:
            raise WrongPattern(
                f"A graph pattern looks at the mesh alone, not at {', '.join(foreign)}. "
                f"That is {', '.join(sorted(LABELS))}."
            )
        if UNTYPED.search(details):
            raise WrongPattern("A graph pattern names the type of each relationship, e.g. -[:DEPENDS_ON]->.")
        if loose := next(loose_patterns(details), None):
            raise WrongPattern(
                "A graph pattern names the label of each node that a subquery starts from, or a relationship that "
                f"leads there; not in {loose[:200]}."
            )


def named(details: str) -> Iterator[str]:
    """Labels and types."""
    for match in NAMED.finditer(details):
        yield from WORD.findall(match[1])


def loose_patterns(details: str) -> Iterator[str]:
    """Patterns of nested subqueries that may bind nodes of any kind: no label and no relationship of a fixed type ties
    them to the mesh. Whatever is not understood counts as such."""
    for match in NESTED.finditer(details):
        labelled = frozenset(labelled_in(match[2] or ""))
        for path in match[1].split(","):
            if not is_tied(path.strip(), labelled):
                yield " ".join(match[0].split())


def is_tied(path: str, labelled: frozenset[str]) -> bool:
    if PATH.fullmatch(path) is None:
        return False
    # A path of no length, as `*0..2` allows, binds any node.
    return any(not star.startswith("*0") for star in RELATIONSHIP.findall(path)) or any(
        node in labelled for node in NODE.findall(path)
    )


def labelled_in(condition: str) -> Iterator[str]:
    """Nodes that have a label wherever the condition holds. A mixture of AND and OR is not looked into."""
    parts = top_level(condition.strip(), r"\bOR\b|\bXOR\b|\bCASE\b")
    if len(parts) > 1:
        names = {one[1] if (one := LABELLED.fullmatch(part)) else None for part in parts}
        if len(names) == 1:
            yield from filter(None, names)
        return
    for part in top_level(condition.strip(), r"\bAND\b"):
        if one := LABELLED.fullmatch(part):
            yield one[1]
        elif part.startswith("(") and part.endswith(")") and is_balanced(part[1:-1]):
            yield from labelled_in(part[1:-1])


def is_balanced(text: str) -> bool:
    """Whether no bracket of `text` closes one from before it."""
    depth = 0
    for bracket in re.findall(r"[()\[\]{}]", text):
        depth += 1 if bracket in "([{" else -1
        if depth < 0:
            return False
    return depth == 0


def top_level(text: str, separator: str) -> list[str]:
    """`text` split where no bracket is open."""
    parts, depth, begin = [], 0, 0
    for match in re.finditer(rf"[(\[{{]|[)\]}}]|{separator}", text):
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            depth -= 1
        elif depth == 0:
            parts.append(text[begin : match.start()].strip())
            begin = match.end()
    return [*parts, text[begin:].strip()]
