"""Queries that ask for too much are refused by counting, in work linear in their text."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, build_schema, get_introspection_query, parse

from graph_api.execution.cost import CostModel
from graph_api.execution.documents import read
from graph_api.execution.limits import PLENTY, Limits, Shape, ShapeWalk, check_shape, limits_of
from graph_api.http.request import is_nested_deeper
from tests.graph_api.tiny import client, plain, settings, tiny_app

SCHEMA = plain._schema


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    return limits_of(settings(tmp_path))


def walk(text: str) -> tuple[Shape, int]:
    document = parse(text)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    walker = ShapeWalk(fragments)
    return walker.operation(operation), walker.visited


def price(text: str, variables: dict[str, Any] | None = None) -> float:
    document = parse(text)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return CostModel(SCHEMA, fragments, 200_000).price(operation, variables or {})


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("{ hello }", Shape(depth=1)),
        ("{ item { items { nodes { name } } } }", Shape(depth=4)),
        ("{ a: hello b: item { c: name } }", Shape(depth=2, aliases=3)),
        ("query @x { hello @a @b item { ... @c { name } } }", Shape(depth=2, directives=4)),
        ("{ hello hello hello item { name name } }", Shape(depth=2, repeats=3)),
        ("{ ...F ...F } fragment F on Query { a: hello item { name @x } }", Shape(depth=2, aliases=2, directives=2)),
        ("{ __schema { types { fields { type { ofType { name } } } } } hello }", Shape(depth=1)),
        ("{ ...F } fragment F on Query { item { name } ...F }", Shape(depth=2)),
    ],
)
def test_shapes_are_those_of_the_expanded_operation(text: str, shape: Shape) -> None:
    assert walk(text)[0] == shape


def bomb(levels: int) -> str:
    fragments = (f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return "{ ...F0 } " + " ".join(fragments) + f" fragment F{levels} on Query {{ a: hello @x }}"


def test_a_fragment_bomb_costs_its_text_and_counts_its_expansion() -> None:
    shape, visited = walk(bomb(10))
    assert (shape.aliases, shape.directives, visited) == (2**10, 2**10, 1 + 2 * 10 + 1)
    shape, visited = walk(bomb(90))
    assert (shape.aliases, visited) == (PLENTY, 1 + 2 * 90 + 1)


BOMBS = {
    "MAX_QUERY_LENGTH": "{ hello } #" + "x" * 100_000,
    "MAX_TOKENS": "{ " + "hello " * 5_000 + "}",
    "MAX_COMMENTS": "#\n" * 501 + "{ hello }",
    "MAX_DEPTH": "{ item { " + "parts { " * 20 + "name " + "} " * 21 + "}",
    "MAX_ALIASES": "{ " + " ".join(f"a{n}: hello" for n in range(51)) + " }",
    "MAX_DIRECTIVES": "{ hello " + "@skip(if: false) " * 51 + "}",
    "MAX_REPEATS": "{ " + "hello " * 52 + "}",
    "MAX_FRAGMENTS": "{ hello } " + " ".join(f"fragment F{n} on Query {{ hello }}" for n in range(101)),
    "MAX_COST": "{ items(first: 1000) { nodes { items(first: 1000) { nodes { name } } } } }",
}


@pytest.mark.parametrize("name", BOMBS)
async def test_each_limit_says_its_name_and_what_to_do(http: httpx.AsyncClient, name: str) -> None:
    response = await http.post("/graphql", json={"query": BOMBS[name]})
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": f"{name}_EXCEEDED"}
    assert error["message"].endswith(f"or have the operator raise MESHWEAVE_{name}.")
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_depth", "{ item { parts { name } } }"),
        ("max_aliases", "{ a: hello b: hello c: hello }"),
        ("max_directives", "{ hello @skip(if: false) @include(if: true) ... @include(if: true) { hello } }"),
        ("max_repeats", "{ hello hello hello hello }"),
        (
            "max_fragments",
            "{ ...A ...B ...C } " + " ".join(f"fragment {name} on Query {{ hello }}" for name in "ABC"),
        ),
    ],
)
def test_a_limit_admits_what_reaches_it(limits: Limits, name: str, text: str) -> None:
    field = name.removeprefix("max_")
    assert check_shape(parse(text), limits._replace(**{field: 3})) is None
    exceeded = check_shape(parse(text), limits._replace(**{field: 2}))
    assert exceeded is not None
    assert exceeded.message.startswith("The operation has 3 ")


async def test_bombs_never_reach_validation(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("validated")

    monkeypatch.setattr("graph_api.execution.documents.validate", never)
    for name in ("MAX_DEPTH", "MAX_ALIASES", "MAX_DIRECTIVES", "MAX_REPEATS", "MAX_FRAGMENTS"):
        [error] = read(BOMBS[name], SCHEMA, limits).errors
        assert error.extensions == {"code": f"{name}_EXCEEDED"}


@pytest.mark.parametrize(("links", "fits"), [(99, True), (2_000, False)])
def test_long_chains_of_fragments_are_refused_not_crashed_on(limits: Limits, links: int, fits: bool) -> None:
    chain = "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(links))
    roomy = limits._replace(fragments=10_000, tokens=100_000)
    assert (read(f"{chain} fragment F{links} on Query {{ hello }}", SCHEMA, roomy).errors == []) is fits


def test_deep_text_is_a_syntax_error(limits: Limits) -> None:
    [error] = read("{ item { parts " * 1_500, SCHEMA, limits._replace(tokens=10**6)).errors
    assert "nested too deeply" in error.message


@pytest.mark.parametrize("options", [{}, {"descriptions": True, "input_value_deprecation": True, "type_depth": 12}])
def test_introspection_passes(limits: Limits, options: dict[str, Any]) -> None:
    document = read(get_introspection_query(**options), SCHEMA, limits)
    assert document.errors == []
    assert document.price(SCHEMA, document.operations[0], {}) < limits.cost


def test_introspection_in_circles_does_not(limits: Limits) -> None:
    circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert [error.message for error in read(circle, SCHEMA, limits).errors] == ["Maximum introspection depth exceeded"]


PAGE = "{ items(first: 10) { nodes { name items(first: 5) { nodes { name } } } } }"


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ hello }", {}, 0.1),
        ("{ item { name } }", {}, 1.1),
        ("{ items { nodes { name } } }", {}, 1 + 20 * 1.1),  # the default of this field
        ("{ item { items { nodes { name } } } }", {}, 1 + 1 + 50 * 1.1),  # the default of pages
        ("{ item { parts { name } } }", {}, 1 + 10 * 1.1),  # a list that nothing bounds
        (PAGE, {}, 1 + 10 * (1 + 0.1 + 1 + 5 * 1.1)),
        ("query($n: Int) { items(first: $n) { nodes { name } } }", {"n": 100}, 1 + 100 * 1.1),
        ("query($n: Int = 7) { items(first: $n) { nodes { name } } }", {}, 1 + 7 * 1.1),
        ("query($n: Int = 7) { items(first: $n) { nodes { name } } }", {"n": None}, 1 + 20 * 1.1),
        ("{ items(first: -5) { nodes { name } } }", {}, 1),
        ("{ byIds(ids: [1, 2, 3]) { name } }", {}, 3 * 1.1),
        ("query($i: [ID!]!) { byIds(ids: $i) { name } }", {"i": ["a"] * 40}, 40 * 1.1),
        (
            "{ items(first: 9) { ...P } } fragment P on ItemConnection { nodes { ... on Item { name } } }",
            {},
            1 + 9 * 1.1,
        ),
        ("{ ...A ...A } fragment A on Query { item { name } }", {}, 2 * 1.1),
        ("{ __schema { types { name } } }", {}, 20_000),
    ],
)
def test_operations_are_priced_by_the_sizes_they_ask_for(text: str, variables: dict[str, Any], expected: float) -> None:
    assert price(text, variables) == pytest.approx(expected)


def test_pricing_a_fragment_bomb_visits_each_fragment_once() -> None:
    doubling = " ".join(
        f"fragment F{n} on Item {{ items(first: 2) {{ nodes {{ ...F{n + 1} ...F{n + 1} }} }} }}" for n in range(60)
    )
    assert price(f"{{ item {{ ...F0 }} }} {doubling} fragment F60 on Item {{ name }}") > 4.0**60 / 10


async def test_sizes_given_by_variables_are_priced_each_time(tmp_path: Path) -> None:
    query = "query($n: Int!) { items(first: $n) { nodes { name } } }"
    async with client(tiny_app(tmp_path, max_cost=100)) as http:
        for size, refused in ((2, False), (1_000, True), (2, False)):
            body = (await http.post("/graphql", json={"query": query, "variables": {"n": size}})).json()
            assert ("data" not in body) is refused


@pytest.mark.parametrize(
    ("value", "limit", "deeper"),
    [
        ({}, 1, False),
        ({"a": 1}, 1, False),
        ({"a": []}, 1, True),
        ({"a": [{"b": []}]}, 3, True),
        ({"a": [{"b": 1}]}, 3, False),
    ],
)
def test_nesting_of_variables_is_counted(value: Any, limit: int, deeper: bool) -> None:
    assert is_nested_deeper(value, limit) is deeper


LINEAGE = build_schema("""
    type Query { lineage(maxNodes: Int = 1000): LineageGraph! }
    type LineageGraph { nodes: [LineageNode!]! edges: [LineageEdge!]! cycles: [[ID!]!]! truncated: Boolean! }
    type LineageNode { distance: Int! product: Product! }
    type LineageEdge { source: ID! target: ID! }
    type Product { name: String! parts: [Product!]! }
""")


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("truncated", 1 + 0.1),
        ("nodes { distance }", 1 + 1_000 * 0.1 * 1.1),
        ("nodes { product { name } } edges { source }", 1 + 1_000 * (0.1 * 2.1 + 2 * 0.1 * 1.1)),
        ("nodes { product { parts { name } } }", 1 + 1_000 * (0.1 * 5 + (1 + 1 + 10 * 1.1) - 5)),
    ],
)
def test_lineage_counts_a_tenth_unless_its_nodes_load_more(selection: str, expected: float) -> None:
    [operation] = parse(f"{{ lineage {{ {selection} }} }}").definitions
    assert CostModel(LINEAGE, {}, 200_000).price(operation, {}) == pytest.approx(expected)  # type: ignore[arg-type]


def test_the_largest_lineage_is_admitted(limits: Limits) -> None:
    query = "{ lineage(maxNodes: 100000) { nodes { distance product { name } } edges { source target } cycles } }"
    document = read(query, LINEAGE, limits)
    assert document.price(LINEAGE, document.operations[0], {}) < limits.cost
