"""The outline of a schema: the fields that it declares, and the annotations at each place.

A place is the set of all schemas that apply to the same value: `$ref` and its siblings, the parts of `allOf`, the
branches of `anyOf`, `oneOf`, `if`. Their order, and whether they are in `$defs`, makes no difference.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from resolvers.contracts.comparison.budget import Budget
from resolvers.contracts.comparison.resolve import Document, Location, Unresolvable, subschemas
from resolvers.contracts.comparison.values import freeze

TEXTS = ("description", "title", "examples", "default", "deprecated", "$comment")
CLASSIFICATIONS = ("classification", "x-classification")
_STRUCTURE = frozenset(
    [
        "$schema",
        "$id",
        "$anchor",
        "$dynamicAnchor",
        "$vocabulary",
        "$defs",
        "definitions",
        "$ref",
        "$dynamicRef",
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minItems",
        "maxItems",
        "uniqueItems",
        "prefixItems",
        "items",
        "contains",
        "minContains",
        "maxContains",
        "unevaluatedItems",
        "minProperties",
        "maxProperties",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "unevaluatedProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
    ]
)
_REFERRING = frozenset({"$ref", "$dynamicRef", "allOf", "$defs", "definitions", "$schema", "$id"})
# Parts that are not places of their own; what is annotated within them counts for the place they stand at.
_ASIDE = ("not", "if", "contains", "propertyNames")


class Place(NamedTuple):
    """`key` identifies the place in its document. `annotations` maps a keyword to the set of its values, frozen."""

    key: frozenset[tuple[int, tuple[str, ...]]]
    fields: dict[str, tuple[Location, ...]]
    items: tuple[Location, ...]
    prefix: tuple[tuple[Location, ...], ...]
    values: tuple[Location, ...]
    annotations: dict[str, frozenset[Any]]
    typed: bool
    composed: bool


class Outline:
    def __init__(self, document: Document, budget: Budget) -> None:
        self.document, self.budget = document, budget
        self._places: dict[frozenset[tuple[int, tuple[str, ...]]], Place] = {}

    def root(self) -> Place:
        return self.place((self.document.root,))

    def place(self, locations: Iterable[Location]) -> Place:
        start = {_key(one): one for one in locations if isinstance(one.schema, dict)}
        key = frozenset(start)
        if key not in self._places:
            applied = self._closure(list(start.values()))
            # The same schemas reached by other references are the same place.
            whole = frozenset(_key(one) for one in applied if not one.schema.keys() <= _REFERRING)
            if whole not in self._places:
                self._places[whole] = self._read(whole, applied)
            self._places[key] = self._places[whole]
        return self._places[key]

    def _read(self, key: frozenset[tuple[int, tuple[str, ...]]], applied: list[Location]) -> Place:
        fields: dict[str, list[Location]] = {}
        items: list[Location] = []
        prefix: list[list[Location]] = []
        values: list[Location] = []
        annotations: dict[str, set[Any]] = {}
        typed = composed = False
        for location in applied:
            schema, child = location.schema, self.document.child
            for name, inner in schema.get("properties", {}).items():
                fields.setdefault(name, []).append(child(location, inner))
            for index, inner in enumerate(schema.get("prefixItems", ())):
                if index == len(prefix):
                    prefix.append([])
                prefix[index].append(child(location, inner))
            for keyword, subschema in (
                ("items", items),
                ("unevaluatedItems", items),
                ("additionalProperties", values),
                ("unevaluatedProperties", values),
            ):
                if keyword in schema:
                    subschema.append(child(location, schema[keyword]))
            values += [child(location, inner) for inner in schema.get("patternProperties", {}).values()]
            self._annotate(schema, annotations)
            aside = [child(location, schema[keyword]) for keyword in _ASIDE if keyword in schema]
            self._annotate_within(aside, annotations)
            typed = typed or "type" in schema
            composed = composed or any(
                sum(branch != {"type": "null"} for branch in schema.get(keyword, ())) > 1
                for keyword in ("anyOf", "oneOf")
            )
        return Place(
            key,
            {name: tuple(subschema) for name, subschema in fields.items()},
            tuple(items),
            tuple(tuple(subschema) for subschema in prefix),
            tuple(values),
            {keyword: frozenset(subschema) for keyword, subschema in annotations.items()},
            typed,
            composed,
        )

    def _closure(self, start: list[Location]) -> list[Location]:
        locations: dict[tuple[int, tuple[str, ...]], Location] = {}
        pending = start[::-1]
        while pending:
            location = pending.pop()
            key = _key(location)
            if not isinstance(location.schema, dict) or key in locations:
                continue
            self.budget.spend()
            locations[key] = location
            pending += list(self._applied(location))[::-1]
        return list(locations.values())

    def _applied(self, location: Location) -> Iterable[Location]:
        schema, child = location.schema, self.document.child
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(schema.get(keyword), str):
                try:
                    yield self.document.follow(location, schema[keyword], keyword == "$dynamicRef")
                except Unresolvable:
                    continue
        for keyword in ("allOf", "anyOf", "oneOf"):
            yield from (child(location, inner) for inner in schema.get(keyword, ()))
        if "if" in schema:
            yield from (child(location, schema[keyword]) for keyword in ("then", "else") if keyword in schema)
        yield from (child(location, inner) for inner in schema.get("dependentSchemas", {}).values())
        if isinstance(schema.get("dependencies"), dict):
            yield from (child(location, inner) for inner in schema["dependencies"].values())

    def _annotate(self, schema: dict[str, Any], annotations: dict[str, set[Any]]) -> None:
        for keyword, value in schema.items():
            if keyword not in _STRUCTURE:
                self.budget.spend()
                annotations.setdefault(keyword, set()).add(freeze(value))

    def _annotate_within(self, pending: list[Location], annotations: dict[str, set[Any]]) -> None:
        seen: set[tuple[int, tuple[str, ...]]] = set()
        while pending:
            location = pending.pop()
            if isinstance(location.schema, dict) and _key(location) not in seen:
                seen.add(_key(location))
                self._annotate(location.schema, annotations)
                pending += self._applied(location)
                for steps, inner in subschemas(location.schema):
                    if steps[0] not in ("$defs", "definitions"):
                        pending.append(self.document.child(location, inner))


def _key(location: Location) -> tuple[int, tuple[str, ...]]:
    return id(location.schema), location.scope
