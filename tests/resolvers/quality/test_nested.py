"""Nested columns: their checks count what is planted, and agree with a JSON Schema validator on generated rows."""

import json
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.quality.checks import plan
from resolvers.quality.column_types import ColumnType, parse_type
from resolvers.quality.json_schema_sql import NotComputable, predicate, text_of
from resolvers.quality.reader import Column, Output
from resolvers.quality.run import measure
from tests.graph_api.data.test_reader import reader

duckdb = pytest.importorskip("duckdb", reason="needs meshweave[data]")

SCHEMA = {
    "type": "object",
    "required": ["id", "address"],
    "properties": {
        "id": {"type": "integer"},
        "address": {"$ref": "#/$defs/address"},
        "tags": {"type": "array", "maxItems": 3, "uniqueItems": True, "items": {"enum": ["new", "gift"]}},
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["sku"],
                "properties": {
                    "sku": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"},
                    "quantity": {"type": "integer", "minimum": 1},
                    "prices": {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}},
                    "note": {"type": "string", "pattern": "^(?!x)"},
                },
            },
        },
    },
    "$defs": {
        "address": {
            "type": "object",
            "required": ["city", "zip"],
            "properties": {
                "city": {"type": "string", "minLength": 1},
                "zip": {"type": "string", "pattern": "^[0-9]{5}$"},
                "planet": {"type": "string"},
            },
        }
    },
}
LINE = {"sku": "AB1", "quantity": 1, "prices": [1.5, 2.5], "note": "n"}
PLACE = {"city": "Bern", "zip": "30001"}
# Faults: row 2 has no zip and a bad one is in row 3, row 4 no address, row 5 a tag twice, row 6 an unknown tag and too
# many, row 7 no lines at all, row 8 a line without sku, one of a bad sku and a price of 0, row 9 quantities of 0.
ROWS = [
    {"id": 1, "address": PLACE, "tags": ["new"], "lines": [LINE]},
    {"id": 2, "address": {"city": "Bern"}, "tags": [], "lines": [LINE, LINE]},
    {"id": 3, "address": {"city": "", "zip": "3000"}, "tags": ["new", "gift"], "lines": [LINE]},
    {"id": 4, "lines": [LINE]},
    {"id": 5, "address": PLACE, "tags": ["new", "new"], "lines": [LINE]},
    {"id": 6, "address": PLACE, "tags": ["new", "gift", "old", "older"], "lines": [LINE]},
    {"id": 7, "address": PLACE, "lines": []},
    {"id": 8, "address": PLACE, "lines": [{"quantity": 1}, {"sku": "ab1", "prices": [0.0, 1.0]}, LINE]},
    {"id": 9, "address": PLACE, "lines": [{"sku": "AB2", "quantity": 0}, {"sku": "AB3", "quantity": 0}]},
]


async def test_fields_of_objects_and_elements_of_arrays_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    async with reader(root).open([Output("file:///data/rows.jsonl")]) as session:
        result = await measure(session, SCHEMA, [])
    checks = {check.id: check for check in result.checks}
    assert {id: (one.numerator, one.denominator) for id, one in checks.items() if one.score is not None} == {
        "completeness:id": (9, 9),
        "completeness:address": (8, 9),
        "completeness:address.city": (8, 8),
        "completeness:address.zip": (7, 8),
        "completeness:lines[].sku": (11, 12),
        "validity:id": (9, 9),
        "validity:address": (8, 8),
        "validity:address.city": (7, 8),
        "validity:address.zip": (6, 7),
        "validity:tags": (3, 5),
        "validity:tags[]": (7, 9),
        "validity:lines": (8, 9),
        "validity:lines[]": (12, 12),
        "validity:lines[].sku": (10, 11),
        "validity:lines[].quantity": (9, 11),
        "validity:lines[].prices": (9, 9),
        "validity:lines[].prices[]": (17, 18),
    }
    assert {id: one.reason for id, one in checks.items() if one.score is None} == {
        "validity:address.planet": "the output has no such field",
        "validity:lines[].note": "not computed: PATTERN",
    }
    assert {id: one.samples for id, one in checks.items() if one.samples} == {
        "completeness:address": ("4",),
        "completeness:address.zip": ("2",),
        "completeness:lines[].sku": ("8",),
        "validity:address.city": ("3",),
        "validity:address.zip": ("3",),
        "validity:tags": ("5", "6"),
        "validity:tags[]": ("6",),
        "validity:lines": ("7",),
        "validity:lines[].sku": ("8",),
        "validity:lines[].quantity": ("9",),
        "validity:lines[].prices[]": ("8",),
    }


async def test_what_a_schema_says_of_whole_rows_is_counted(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    rows = [{"id": n, "kind": "card" if n % 2 else "cash", "card": "1" if n % 4 == 1 else None} for n in range(8)]
    (root / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    schema = {
        "properties": {"kind": {"enum": ["card", "cash"]}},
        "if": {"properties": {"kind": {"const": "card"}}},
        "then": {"required": ["card"]},
        "additionalProperties": False,
    }
    async with reader(root).open([Output("file:///data/rows.jsonl")]) as session:
        result = await measure(session, schema, [])
        impossible = await measure(session, {"anyOf": [{"minProperties": 3}]}, [])
    (check,) = [one for one in result.checks if one.id == "validity:row"]
    assert (check.numerator, check.denominator, check.samples) == (6, 8, ("3", "7"))
    assert impossible.checks[0].reason == "not computed: minProperties"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("VARCHAR", ColumnType("string", "VARCHAR")),
        ("DECIMAL(9,2)[]", ColumnType("list", "DECIMAL(9,2)[]", item=ColumnType("number", "DECIMAL(9,2)"))),
        (
            'STRUCT("a ""b" TIMESTAMP WITH TIME ZONE, c INTEGER[3])',
            ColumnType(
                "struct",
                'STRUCT("a ""b" TIMESTAMP WITH TIME ZONE, c INTEGER[3])',
                (
                    ('a "b', ColumnType("date-time", "TIMESTAMP WITH TIME ZONE")),
                    ("c", ColumnType("list", "INTEGER[3]", item=ColumnType("number", "INTEGER"))),
                ),
            ),
        ),
        (
            "MAP(VARCHAR, DATE)",
            ColumnType(
                "map", "MAP(VARCHAR, DATE)", item=ColumnType("date", "DATE"), key=ColumnType("string", "VARCHAR")
            ),
        ),
        ("ENUM('a)', 'b''(')", ColumnType("string", "ENUM('a)', 'b''(')")),
        ("JSON", ColumnType("other", "JSON")),
        ("STRUCT(a", ColumnType("other", "STRUCT(a")),
        ("JSON" + "[]" * 9_000, ColumnType("other", "JSON" + "[]" * 9_000)),
        ("STRUCT(a " * 60 + "INTEGER" + ")" * 60, ColumnType("other", "STRUCT(a " * 60 + "INTEGER" + ")" * 60)),
    ],
)
def test_types_are_parsed(text: str, found: ColumnType) -> None:
    assert parse_type(text) == found


def test_the_names_of_types_are_those_of_duckdb() -> None:
    types = ['STRUCT("a ""b" DATE, c INTEGER[])[]', "MAP(VARCHAR, STRUCT(x TIME))", "TIMESTAMP WITH TIME ZONE", "UUID"]
    for text in types:
        ((name, kind, *_),) = duckdb.sql(f"describe select null::{text} as c").fetchall()
        assert (name, parse_type(kind).kind) == ("c", parse_type(text).kind)
        assert parse_type(kind).kind != "other"


# -- the same verdict as a validator's, on generated schemas and rows --------------------------------------------------

WORDS = ["", "a", "ab", "B1", "zz9"]
NAMES = ["a", "b", "c d"]
TEXTS = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "pattern": st.sampled_from(["^[a-z]*$", "[0-9]", "^a"]),
        "minLength": st.integers(0, 2),
        "enum": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
    },
)
NUMBERS = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={"minimum": st.integers(-2, 2), "exclusiveMaximum": st.integers(-1, 3), "multipleOf": st.integers(1, 2)},
)
BOOLEANS = st.sampled_from([{"type": "boolean"}, {"const": True}])
SQL_TYPE = {"string": "VARCHAR", "integer": "DOUBLE", "number": "DOUBLE", "boolean": "BOOLEAN"}


@st.composite
def shapes(draw: Any, depth: int = 0) -> tuple[dict[str, Any], str, Any]:
    """A schema, the type of its column, and a strategy of values of that type, valid or not."""
    kinds = ["text", "number", "boolean"] + (["object", "array", "map"] if depth < 3 else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "text":
        return draw(TEXTS), "VARCHAR", st.sampled_from(WORDS)
    if kind == "number":
        return draw(NUMBERS), "DOUBLE", st.sampled_from([-3.0, -1.0, 0.0, 1.0, 1.5, 2.0])
    if kind == "boolean":
        return draw(BOOLEANS), "BOOLEAN", st.booleans()
    if kind == "object":
        return draw(objects(depth))
    schema, item, values = draw(shapes(depth + 1))
    if kind == "map":
        terms = draw(st.fixed_dictionaries({}, optional={
            "required": st.just(["a"]), "maxProperties": st.integers(0, 2), "minProperties": st.integers(0, 1),
            "propertyNames": st.just({"pattern": "^[a-b]"}), "properties": st.just({"b": schema}),
            "patternProperties": st.just({"^c": False}),
        }))  # fmt: skip
        return (
            {"type": "object", "additionalProperties": schema, **terms},
            f"MAP(VARCHAR, {item})",
            st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
        )
    terms = draw(st.fixed_dictionaries({}, optional={
        "minItems": st.integers(0, 2), "maxItems": st.integers(0, 2), "uniqueItems": st.just(True),
        "contains": st.just(schema), "prefixItems": st.just([schema]),
    }))  # fmt: skip
    terms["items"] = draw(st.sampled_from([schema, schema, True])) if "prefixItems" not in terms else schema
    nullable = draw(st.booleans())
    if nullable and draw(st.booleans()):
        terms["items"] = {"anyOf": [schema, {"type": "null"}]}
    return (
        {"type": "array", **terms},
        f"{item}[]",
        st.lists(st.none() | values if nullable else values, max_size=3),
    )


@st.composite
def objects(draw: Any, depth: int = 0) -> tuple[dict[str, Any], str, Any]:
    fields = {name: draw(shapes(depth + 1)) for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))}
    stated = draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: fields[name][0] for name in stated},
        "required": draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)),
    }
    schema |= draw(st.fixed_dictionaries({}, optional={
        "additionalProperties": st.sampled_from([True, False, {"type": "string"}]),
        "patternProperties": st.just({"^b": {"type": ["string", "number", "boolean"]}}),
        "dependentRequired": st.just({"a": ["b"]}),
        "not": st.just({"required": ["a", "b"]}),
        "anyOf": st.just([{"required": ["a"]}, {"properties": {"b": {"type": "string"}}}]),
        "if": st.just({"required": ["b"]}),
        "then": st.just({"required": ["c d"]}),
    }))  # fmt: skip
    inside = ", ".join(f'"{name}" {kind}' for name, (_, kind, _) in fields.items())
    values = st.fixed_dictionaries({}, optional={name: one for name, (_, _, one) in fields.items()})
    return schema, f"STRUCT({inside})", values


@st.composite
def tables(draw: Any) -> tuple[dict[str, Any], str, list[Any]]:
    schema, kind, values = draw(objects())
    return schema, kind, draw(st.lists(values, min_size=1, max_size=6))


def loaded(kind: str, values: list[Any]) -> Any:
    database = duckdb.connect()
    with NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(json.dumps({"n": at, "v": value}) for at, value in enumerate(values)))
        file.flush()
        columns = f"{{n: 'INTEGER', v: {text_of(kind)}}}"
        source = f"read_json('{file.name}', columns={columns}, format='newline_delimited')"
        database.execute(f"create table data as select * from {source}")
    return database


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_a_predicate_says_what_a_validator_says(table: tuple[dict[str, Any], str, list[Any]]) -> None:
    schema, kind, values = table
    try:
        valid = predicate("v", kind, schema, schema)
    except NotComputable:
        return
    with loaded(kind, values) as database:
        found = [row[0] for row in database.execute(f"select {valid} from data order by n").fetchall()]
    validator = jsonschema_rs.validator_for(schema)
    assert found == [validator.is_valid(value) for value in values]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_the_checks_of_a_column_say_what_a_validator_says(
    table: tuple[dict[str, Any], str, list[Any]],
) -> None:
    schema, kind, values = table
    made = plan({"properties": {"v": schema}}, [], [Column("n", "INTEGER"), Column("v", kind)])
    checks = [check for check in made.checks if check.bad]
    with loaded(kind, values) as database:
        bad = [
            database.execute(f"select coalesce({check.bad}, false) from data order by n").fetchall() for check in checks
        ]
        counts = [database.execute(f"select {check.good}, {check.total} from data").fetchone() for check in checks]
    for check, flags, (good, total) in zip(checks, bad, counts, strict=True):
        assert 0 <= good <= total, check
        assert (good < total) == any(flag for (flag,) in flags), check
    validator = jsonschema_rs.validator_for(schema)
    fine = [not any(flags[at][0] for flags in bad) for at in range(len(values))]
    expected = list(map(validator.is_valid, values))
    if all(check.reason is None or check.reason == "the output has no such field" for check in made.checks):
        assert fine == expected
    else:  # what was not computed finds no fault
        assert all(one or not other for one, other in zip(fine, expected, strict=True))
