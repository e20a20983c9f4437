"""Arguments reach a resolver as Strawberry's own execution gives them, whatever they are made of."""

from enum import Enum
from typing import Any

import orjson
import pytest
import strawberry
from strawberry.scalars import JSON

from graph_api.execution.engine import Answer, Engine, Operation
from graph_api.execution.limits import limits_of
from graph_api.settings import Settings


@strawberry.enum
class Side(Enum):
    UP = "upstream"
    DOWN = "downstream"


@strawberry.input
class Filter:
    name: str | None = None
    side: Side = Side.UP
    numbers: list[int] = strawberry.field(default_factory=lambda: [1])


@strawberry.input
class Tree:
    """Of its own kind below, and with all that fields may be."""

    kind: Side
    below: "list[Tree] | None" = None
    other: "Tree | None" = strawberry.UNSET
    sides: list[Side | None] = strawberry.field(default_factory=list)
    loose: list[list[int]] | None = None
    found: strawberry.Maybe[str | None] = None
    some_key: JSON | None = strawberry.field(name="key", default=None)


@strawberry.input(one_of=True)
class Either:
    tree: Tree | None = strawberry.UNSET
    name: str | None = strawberry.UNSET


def told(**given: Any) -> str:
    return repr(sorted(given.items()))


@strawberry.type
class Query:
    @strawberry.field
    def leaves(
        self, text: str, id: strawberry.ID | None = None, first: int = 10, side: Side = Side.UP, odd: float | None = 0.5
    ) -> str:
        return told(text=text, id=id, first=first, side=side, odd=odd)

    @strawberry.field
    def unset(self, text: str | None = strawberry.UNSET, maybe: strawberry.Maybe[str | None] = None) -> str:
        return told(text=text, maybe=maybe)

    @strawberry.field
    def inputs(self, filter: Filter | None = None, names: list[str] | None = None) -> str:
        found = told(filter=filter, names=names)
        if filter is not None:
            filter.numbers.append(7)
        if names is not None:
            names.append("changed")
        return found

    @strawberry.field
    def trees(self, one: Tree | None = strawberry.UNSET, many: list[Tree | None] | None = None) -> str:
        found = told(one=one, many=many)
        if one:
            one.sides.append(Side.UP)
        for tree in many or ():
            if tree and tree.loose:
                tree.loose.append([0])
        return found

    @strawberry.field
    def either(self, by: Either) -> str:
        return told(by=by)

    @strawberry.field
    def kept(self, numbers: list[int] = [1, 2], filter: Filter = Filter(name="f")) -> str:  # noqa: B006, B008
        found = told(numbers=numbers, filter=filter)
        numbers.append(3)
        filter.numbers.append(3)
        return found

    @strawberry.field
    def anything(self, value: JSON) -> str:  # type: ignore[valid-type]
        found = told(value=value)
        if isinstance(value, list):
            value.append("changed")
        return found

    @strawberry.field
    async def later(self, some_name: str, other_name: int | None = None) -> str:
        return told(some_name=some_name, other_name=other_name)


schema = strawberry.Schema(Query)


async def runs(query: str, variables: dict[str, Any]) -> tuple[Answer, list[Answer], int]:
    """The answer of graphql-core, those of three runs of the compiled code, and how many of these it did alone."""
    engine = Engine(schema, limits_of(Settings(_env_file=None)))  # type: ignore[call-arg]
    operation = Operation(query, variables, None, {})
    engine.compiles = False
    stock = await engine.run(engine.prepare(operation, "id"), None, "id")
    engine.compiles = True
    prepared = engine.prepare(operation, "id")
    compiled = [await engine.run(prepared, None, "id") for _ in range(3)]
    return stock, compiled, prepared.document.compiled.hits


LEAVES = """query ($t: String!, $i: ID, $n: Int! = 3, $s: Side! = DOWN, $o: Float) {
  leaves(text: $t, id: $i, first: $n, side: $s, odd: $o)
}"""
UNSET = "query ($t: String) { unset(text: $t, maybe: $t) }"
TREES = "query ($o: Tree, $m: [Tree]) { trees(one: $o, many: $m) }"
TREE = {
    "kind": "DOWN",
    "below": [{"kind": "UP", "sides": ["UP", None]}],
    "found": None,
    "loose": [[1], []],
    "key": {"a": 1},
}
PARTS = """query ($k: Side!, $b: [Tree!], $j: JSON, $f: String, $n: [Int!]!) {
  trees(one: {kind: $k, below: $b, key: $j, found: $f, loose: [[1], $n]}, many: [{kind: UP, other: {kind: $k}}, null])
}"""
INPUTS = "query ($f: Filter, $n: [String!]) { inputs(filter: $f, names: $n) }"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ leaves(text: "a") }', {}),
        ('{ leaves(text: "a", id: 5, first: 2, side: DOWN, odd: 1) }', {}),
        ('{ leaves(text: "a", id: null, odd: null) }', {}),
        (LEAVES, {"t": "x"}),
        (LEAVES, {"t": "x", "i": None, "n": 9, "s": "UP", "o": None}),
        (LEAVES, {"t": "x", "i": 7, "o": 2}),
        ('query ($i: ID) { leaves(text: "a", id: $i, first: 4) }', {"i": 7}),
        ('query ($s: Side!) { leaves(text: "a", side: $s) }', {"s": "DOWN"}),
        ("{ unset }", {}),
        ("{ unset(text: null, maybe: null) }", {}),
        (UNSET, {}),
        (UNSET, {"t": None}),
        (UNSET, {"t": "x"}),
        ("{ inputs }", {}),
        ("{ inputs(filter: null, names: null) }", {}),
        ('{ inputs(filter: {name: "a", side: DOWN}, names: ["b"]) }', {}),
        ("query ($t: String) { inputs(filter: {name: $t, numbers: [1]}) }", {}),
        (INPUTS, {"f": {"numbers": [3]}, "n": ["a"]}),
        (INPUTS, {"n": None}),
        ('query ($t: String!) { inputs(names: [$t, "b"]) }', {"t": "x"}),
        (TREES, {}),
        (TREES, {"o": None, "m": None}),
        (TREES, {"o": TREE, "m": [TREE, None, {"kind": "UP", "found": "x", "other": {"kind": "UP", "other": None}}]}),
        (TREES, {"o": {"kind": "UP", "below": {"kind": "UP"}, "sides": "DOWN", "loose": 4}, "m": {"kind": "UP"}}),
        (PARTS, {"k": "DOWN", "n": [2]}),
        (PARTS, {"k": "UP", "b": [TREE], "j": None, "f": None, "n": 3}),
        (PARTS, {"k": "UP", "b": None, "j": [1], "f": "x", "n": []}),
        ("query ($e: Either!) { either(by: $e) }", {"e": {"tree": TREE}}),
        ("query ($n: String!) { either(by: {name: $n}) }", {"n": "x"}),
        ("{ kept }", {}),
        ("query ($n: [Int!]!, $f: Filter!) { kept(numbers: $n, filter: $f) }", {"n": [5], "f": {}}),
        ("query ($n: [Int!] = [8], $f: Filter = {side: DOWN}) { kept(numbers: $n, filter: $f) }", {}),
        ("{ anything(value: [1, {a: 2}]) }", {}),
        ("query ($v: JSON!) { anything(value: {a: $v}) }", {"v": [1]}),
        ('query ($t: String!) { later(someName: $t) again: later(otherName: 2, someName: "b") }', {"t": "x"}),
    ],
)
async def test_they_are_the_same_in_every_run(query, variables):
    stock, compiled, hits = await runs(query, variables)
    assert stock.errors == []
    assert hits == 3
    assert [one.payload() for one in compiled] == [stock.payload()] * 3


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('query ($s: Side = UP) { leaves(text: "a", side: $s) }', {"s": None}),
        ('query ($n: Int = 3) { leaves(text: "a", first: $n) }', {"n": None}),
        ('query ($t: String = "a") { leaves(text: $t) }', {"t": None}),
    ],
)
async def test_a_null_that_must_not_be_one_is_left_to_graphql_core(query, variables):
    stock, compiled, hits = await runs(query, variables)
    assert hits == 0
    assert len(stock.errors) == 1
    assert orjson.dumps([one.payload() for one in compiled]) == orjson.dumps([stock.payload()] * 3)
