"""Checks of the fields and elements inside a column, named as fields of a contract: `address.city`, `lines[].sku`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from resolvers.quality.column_types import ColumnType
from resolvers.quality.json_schema_sql import Compiler, NotComputable, Value, field_of, subschemas

NO_FIELD = "the output has no such field"


class Check(NamedTuple):
    """`good` of `total` are aggregates; `bad` is true for rows that fail; `grouped`: it looks at other rows, so that it
    is not a filter of an aggregate. `reason` says why nothing is computed."""

    id: str
    dimension: str
    field: str | None
    good: str | None = None
    total: str | None = None
    bad: str | None = None
    reason: str | None = None
    grouped: bool = False


class Place(NamedTuple):
    """The values at a path: `sql` is the one that a row has, NULL where it has none; with `many` a list of them."""

    path: str
    sql: str
    type: ColumnType
    many: bool = False

    def values(self, compiler: Compiler) -> str:
        """Of `many`: those that are not NULL."""
        one = compiler.variable()
        return f"list_filter({self.sql}, lambda {one}: {one} is not null)"


def checks_below(compiler: Compiler, place: Place, schema: Any) -> list[Check]:
    """Of an object its fields, of an array its elements; none where the schema says nothing of them."""
    try:
        schema = compiler.followed(schema)
    except NotComputable:
        return []
    if not isinstance(schema, Mapping):
        return []
    if place.type.kind == "struct":
        return list(_fields(compiler, place, schema))
    if place.type.kind == "list" and isinstance(schema.get("items"), Mapping) and not schema.get("prefixItems"):
        return _elements(compiler, place, schema["items"])
    return []


def _fields(compiler: Compiler, place: Place, schema: Mapping[str, Any]) -> Iterator[Check]:
    types = dict(place.type.fields)
    named, required = schema.get("properties") or {}, schema.get("required") or ()
    for name in required:
        yield _completeness(compiler, place, name, name in types)
    for name in named:
        path = f"{place.path}.{name}"
        if name not in types:
            yield Check(f"validity:{path}", "validity", path, reason=NO_FIELD)
            continue
        field = Place(path, _field(compiler, place, name), types[name], place.many)
        try:
            parts = subschemas(schema, name)
        except NotComputable as error:
            yield Check(f"validity:{path}", "validity", path, reason=f"not computed: {error}")
            continue
        part = parts[0] if len(parts) == 1 else {"allOf": parts}
        yield from _valid_and_below(compiler, field, part, nulls=False)


def _elements(compiler: Compiler, place: Place, schema: Mapping[str, Any]) -> list[Check]:
    item = place.type.item
    assert item is not None
    inner = f"flatten({place.values(compiler)})" if place.many else place.sql
    return _valid_and_below(compiler, Place(f"{place.path}[]", inner, item, many=True), schema, nulls=True)


def _valid_and_below(compiler: Compiler, place: Place, schema: Any, nulls: bool) -> list[Check]:
    """`nulls`: a NULL is a value, null, and not an absent one."""
    below = checks_below(compiler, place, schema)
    identity = (f"validity:{place.path}", "validity", place.path)
    try:
        return [_validity(compiler, place, schema, identity, nulls, shell=bool(below)), *below]
    except NotComputable as error:
        return [Check(*identity, reason=f"not computed: {error}"), *below]
    except RecursionError:
        return [Check(*identity, reason="not computed: a schema of that depth"), *below]


def _validity(
    compiler: Compiler, place: Place, schema: Any, identity: tuple[str, str, str], nulls: bool, shell: bool
) -> Check:
    schema = compiler.followed(schema)
    if not place.many:
        valid = compiler.valid(Value(place.sql, place.type), schema, shell=shell)
        total = f"count({place.sql})"
        return Check(*identity, f"{total} filter ({valid})", total, f"{place.sql} is not null and not ({valid})")
    one = compiler.variable()
    valid = compiler.valid(Value(one, place.type), schema, shell=shell)
    values = place.sql if nulls else place.values(compiler)
    if nulls:
        valid = (
            f"({one} is null or ({valid}))" if compiler.admits_null(schema) else f"({one} is not null and ({valid}))"
        )
    return _counted(identity, values, one, valid)


def _completeness(compiler: Compiler, place: Place, name: str, there: bool) -> Check:
    path = f"{place.path}.{name}"
    identity = (f"completeness:{path}", "completeness", path)
    if not place.many:
        field = field_of(place.sql, name) if there else "null"
        bad = f"{place.sql} is not null and {field} is null"
        return Check(*identity, f"count({field})", f"count({place.sql})", bad)
    one = compiler.variable()
    present = f"{field_of(one, name)} is not null" if there else "false"
    return _counted(identity, place.values(compiler), one, present)


def _counted(identity: tuple[str, str, str], values: str, one: str, good: str) -> Check:
    """Of lists of values, those for which `good` is true, over all rows."""
    kept = f"len(list_filter({values}, lambda {one}: {good}))"
    bad = f"len(list_filter({values}, lambda {one}: not ({good}))) > 0"
    return Check(*identity, f"coalesce(sum({kept}), 0)::bigint", f"coalesce(sum(len({values})), 0)::bigint", bad)


def _field(compiler: Compiler, place: Place, name: str) -> str:
    if not place.many:
        return field_of(place.sql, name)
    one = compiler.variable()
    return f"list_transform({place.values(compiler)}, lambda {one}: {field_of(one, name)})"
