"""Arguments of a lineage query, validated before the graph is read."""

from typing import NamedTuple

from resolvers.lineage.records import Direction, LineageEdge
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product

MAX_DEPTH = 100
MAX_NODES = 100_000
MAX_ROOTS = 1_000
UNBOUNDED = 1 << 30  # no lineage is as deep


class Question(NamedTuple):
    """`depth` counts edges from the nearest root: 0 is the roots alone, None has no end. `as_of` is an instant of
    `clock`, None the present. `product_fields` and `edge_fields` name the fields to read, of `Product` and
    `LineageEdge`; others are not there (`partial_records`), except the ids, which are always read. Without `edges` none
    are in the answer; without `counts`, which need them, nothing says what is left out; `ranks` need them too.
    `marks` gives products of the past ids of their own."""

    roots: tuple[str, ...]
    direction: Direction = Direction.BOTH
    depth: int | None = 5
    max_nodes: int = 1000
    as_of: str | None = None
    product_fields: tuple[str, ...] = Product._fields
    edge_fields: tuple[str, ...] = LineageEdge._fields
    edges: bool = True
    counts: bool = True
    ranks: bool = False
    marks: bool = False

    @property
    def farthest(self) -> int:
        """`depth` as a number where there is no end, too."""
        return UNBOUNDED if self.depth is None else self.depth


def check(question: Question, now: str) -> Question:
    """The question with each root once. Raises `UserFault` INVALID_INPUT that says what would do."""
    roots = tuple(dict.fromkeys(question.roots))
    if not roots:
        raise invalid("roots", "Give the id of at least one data product.")
    if len(roots) > MAX_ROOTS:
        raise invalid("roots", f"{len(roots)} roots are too many: give at most {MAX_ROOTS} in one query.")
    if question.depth is not None and not 0 <= question.depth <= MAX_DEPTH:
        raise invalid(
            "depth", f"depth is 0 (the roots alone) to {MAX_DEPTH}, or null for no end; got {question.depth}."
        )
    if not 1 <= question.max_nodes <= MAX_NODES:
        raise invalid("maxNodes", f"maxNodes is 1 to {MAX_NODES}; got {question.max_nodes}.")
    if question.max_nodes < len(roots):
        raise invalid("maxNodes", f"maxNodes ({question.max_nodes}) has no room for the {len(roots)} roots.")
    if question.as_of is not None and question.as_of > now:
        raise invalid("asOf", f"asOf ({question.as_of}) lies in the future: the present is {now}.")
    return question._replace(roots=roots)


def invalid(field: str, message: str) -> UserFault:
    return UserFault(UserErrorCode.INVALID_INPUT, message, (field,))
